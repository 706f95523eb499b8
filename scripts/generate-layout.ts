/*
 * Writes what is derived from the layout schema: docs/layout.md and the C header. With --check it writes nothing and
 * fails when a file differs from what it would write.
 */
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cHeader } from './layout/c-header.js';
import { layoutPage } from './layout/page.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const outputs = new Map([
  ['docs/layout.md', layoutPage()],
  ['native/include/alphapulse_bus_layout.h', cHeader()],
]);

const check = process.argv.includes('--check');
let drifted = 0;
for (const [path, text] of outputs) {
  const full = join(root, path);
  if (!check) {
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    console.log(`wrote ${path}`);
  } else if (readOrEmpty(full) !== text) {
    console.error(`${path} differs from the schema in src/layout/schema.ts: run "npm run layout" and commit it`);
    drifted++;
  }
}
process.exitCode = drifted === 0 ? 0 : 1;

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
