/*
 * Compiles src/ to dist/ and everything else to build/, removes the output of sources that are gone (a deleted test
 * would otherwise go on running, a deleted module would be shipped), and makes the command executable.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const command = join(root, 'dist', 'cli', 'apbus.js');
/** Source folders and where their output goes. */
const folders = [
  ['src', 'dist'],
  ...['test', 'bench', 'examples', 'scripts'].map((folder) => [folder, join('build', folder)]),
];

// without this, tsc trusts its notes and would not write a dist/ that somebody removed
if (!existsSync(join(root, 'dist'))) {
  for (const name of ['src', 'dev']) rmSync(join(root, 'build', `${name}.tsbuildinfo`), { force: true });
}
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status, error } = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: 'inherit' });
if (error !== undefined) throw error;
for (const [source, output] of folders) prune(join(root, output), join(root, source));
if (existsSync(command)) chmodSync(command, 0o755);
process.exitCode = status ?? 1;

/**
 * @param {string} output
 * @param {string} source
 */
function prune(output, source) {
  for (const path of filesIn(output)) {
    const match = /^(.*)\.(?:js|js\.map|d\.ts)$/.exec(path);
    if (match !== null && !existsSync(join(source, `${match[1]}.ts`))) rmSync(join(output, path));
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
