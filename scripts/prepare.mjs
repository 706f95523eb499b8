/*
 * What `npm ci` runs last: makes the tree ready to test and to pack. The addon is compiled where there is a compiler
 * (native/prepare.mjs decides, and falls back to the committed one), then the TypeScript.
 *
 * Plain JavaScript, because it runs before anything is compiled.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

run(join(root, 'native', 'prepare.mjs'));
if (existsSync(join(root, 'node_modules', 'typescript', 'package.json'))) {
  run(join(root, 'scripts', 'build.mjs'));
} else {
  // `npm ci --omit=dev`: nothing to compile with, and nobody who asked for it
  console.error('prepare: TypeScript is not installed, so dist/ was not built');
}

/** @param {string} script */
function run(script) {
  const { status, error } = spawnSync(process.execPath, [script], { cwd: root, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
