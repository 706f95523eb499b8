/*
 * Compiles src/ to build/src/, its types to dist/ and everything else to build/; removes the output of sources that are
 * gone (a deleted test would otherwise go on running); and bundles what is shipped into dist/ (scripts/bundle.mjs).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Source folders and where their output goes. */
const folders = [
  ['src', 'dist'],
  ...['src', 'test', 'bench', 'examples', 'scripts'].map((folder) => [folder, join('build', folder)]),
];

// without this, tsc trusts its notes and would not write what somebody removed
if (['dist', 'build/src', 'build/src/dashboard/page'].some((folder) => !existsSync(join(root, folder)))) {
  for (const name of ['src', 'dev', 'page']) rmSync(join(root, 'build', `${name}.tsbuildinfo`), { force: true });
}
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status, error } = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: 'inherit' });
if (error !== undefined) throw error;
for (const [source, output] of folders) prune(join(root, output), join(root, source));
describeBuild();
if (status === 0) await bundle(root);
process.exitCode = status ?? 1;

/**
 * Whatever runs in build/ (tests, benchmarks, examples) finds the modules there: by the package's name, and by #src.
 * So there is one copy of each in a process, which a test may look into.
 */
function describeBuild() {
  const { name, version, type, sideEffects, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const inBuild = Object.entries(exports).map(([path, target]) => [
    path,
    typeof target === 'string' ? target : target.default.replace('./dist/', './src/'),
  ]);
  const description = {
    name,
    version,
    type,
    sideEffects,
    exports: Object.fromEntries(inBuild),
    imports: { '#src/*': './src/*' },
  };
  writeFileSync(join(root, 'build', 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
}

/**
 * @param {string} output
 * @param {string} source
 */
function prune(output, source) {
  for (const path of filesIn(output)) {
    const match = /^(.*)\.(?:js|js\.map|d\.ts)$/.exec(path);
    if (match === null || existsSync(join(source, `${match[1]}.ts`)) || /^(?:chunks|page)\//.test(path)) continue;
    rmSync(join(output, path));
  }
}

/**
 * @param {string} folder
 * @returns {string[]} paths from that folder
 */
function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
