/*
 * Checks that imports in src/ go down only, that special powers stay in their files, and that the examples use nothing
 * but the public package. Prints every violation as file:line and fails if there is one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exampleViolationsIn, violationsIn } from './layers/violations.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

let files = 0;
let violations = 0;
check('src', violationsIn);
check('examples', exampleViolationsIn);
console.log(`layers: ${files} files, ${violations} violations`);
// a check that found nothing to check has not passed
process.exitCode = violations === 0 && files > 0 ? 0 : 1;

function check(folder: string, find: typeof violationsIn): void {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.[cm]?[jt]s$/.test(entry.name)) continue;
    const full = join(entry.parentPath, entry.name);
    const path = relative(join(root, folder), full).split(sep).join('/');
    files++;
    for (const { line, reason } of find(path, readFileSync(full, 'utf8'))) {
      console.error(`${folder}/${path}:${line}: ${reason}`);
      violations++;
    }
  }
}
