/*
 * Packs the package as `npm publish` would and checks the result: what is in it, how large it is, and (with publint and
 * attw) that its entry points and types resolve. Run after a build; the tarball goes to a temporary folder.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { complaintsAbout, strayLinks, type Packed } from './package/contents.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'alphapulse-bus-pack-'));
try {
  process.exitCode = check() ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function check(): boolean {
  const packed = pack();
  const tarball = join(folder, packed.filename);
  const isThere = (path: string): boolean => existsSync(join(root, path));
  const pages = packed.files.map(({ path }) => path).filter((path) => path.endsWith('.md'));
  const complaints = [
    ...complaintsAbout(packed, isThere),
    ...pages.flatMap((page) => strayLinks(page, readFileSync(join(root, page), 'utf8'), packed, isThere)),
  ];
  for (const complaint of complaints) console.error(`package: ${complaint}`);
  console.log(`package: ${packed.files.length} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`);
  // one after another, and all of them, so that one run shows every complaint
  const results = [
    complaints.length === 0,
    passes('publint', 'run', tarball, '--strict'),
    passes('attw', tarball, '--profile', 'esm-only'),
  ];
  return results.every(Boolean);
}

/** Without scripts: the tree is built already, and the addon that is shipped is the committed one. */
function pack(): Packed {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const packed = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })) as
    | Packed[]
    | Record<string, Packed>;
  // npm 12 answers with an object by package name, older ones with a list
  const first = Object.values(packed)[0];
  if (first === undefined) throw new Error('npm pack made nothing');
  return first;
}

function passes(tool: string, ...args: string[]): boolean {
  const { status, error } = spawnSync(join(root, 'node_modules', '.bin', tool), args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status === 0;
}
