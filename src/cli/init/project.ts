import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { packageFile } from '../../platform/package-files.js';

export const PACKAGE = 'alphapulse-bus';

/** How a folder comes to the package. */
export interface PackageSource {
  /** Whether it is installed there already, or in a folder above. */
  readonly isInstalled: boolean;
  /** What `package.json` says of it: the version that is running, or the place of a copy that was not installed. */
  readonly dependency: string;
}

const OWN_ROOT = dirname(packageFile('native'));

export function packageFor(root: string, own = OWN_ROOT): PackageSource {
  const { version } = JSON.parse(readFileSync(join(OWN_ROOT, 'package.json'), 'utf8')) as { version: string };
  const wasInstalled = own.split(sep).includes('node_modules');
  return { isInstalled: isAbove(root), dependency: wasInstalled ? version : `file:${relative(root, own)}` };
}

function isAbove(root: string): boolean {
  for (let at = root; ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules', PACKAGE, 'package.json'))) return true;
    if (dirname(at) === at) return false;
  }
}

export function packageJson(root: string, { dependency }: PackageSource): string {
  // what npm accepts as a name
  const name = basename(root)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .replace(/^[._-]+/, '');
  const content = {
    name: name === '' || name === PACKAGE ? 'my-bus' : name,
    private: true,
    type: 'module',
    scripts: { check: 'apbus check', start: 'apbus run' },
    dependencies: { [PACKAGE]: dependency },
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** What to type to have it run; `folder` as it was named, '' for the working directory. */
export function nextWords(folder: string, hasOwnPackageJson: boolean, source: PackageSource): string {
  const { isInstalled, dependency } = source;
  const isCopy = dependency.startsWith('file:');
  const named = isCopy ? dependency : `${PACKAGE}@${dependency}`;
  // a copy that runs is built: npm is not to build it again
  const words = ['npm install', ...(isCopy ? ['--ignore-scripts'] : []), ...(hasOwnPackageJson ? [quoted(named)] : [])];
  const install = isInstalled ? [] : [words.join(' ')];
  const enter = folder === '' ? [] : [`cd ${quoted(folder)}`];
  return [...enter, ...install, 'npx apbus check', 'npx apbus run'].join(' && ');
}

/** For a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
