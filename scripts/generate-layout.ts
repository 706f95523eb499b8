/*
 * Writes what is derived: from the layout schema docs/layout.md, the C header and the layout hash, from the keys of the
 * configuration its JSON Schema and the tables of docs/configuration.md, and from the metrics those of docs/metrics.md.
 * With --check it writes nothing and fails when a file differs from what it would write.
 */
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jsonSchema } from './config/json-schema.js';
import { withKeys } from './config/reference-page.js';
import { layoutHash } from '#src/layout/schema.js';
import { cHeader } from './layout/c-header.js';
import { layoutPage } from './layout/page.js';
import { withMetrics } from './metrics/reference-page.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const outputs = new Map([
  ['config/alphapulse-bus.schema.json', jsonSchema()],
  ['docs/configuration.md', withKeys(readOrEmpty(join(root, 'docs/configuration.md')))],
  ['docs/layout.md', layoutPage()],
  ['docs/metrics.md', withMetrics(readOrEmpty(join(root, 'docs/metrics.md')))],
  ['native/include/alphapulse_bus_layout.h', cHeader()],
  ['src/layout/layout-hash.ts', hashModule()],
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
    console.error(
      `${path} differs from what src/layout/schema.ts, src/bus/config/keys.ts and src/observe/metrics say: run "npm run layout" and commit it`,
    );
    drifted++;
  }
}
process.exitCode = drifted === 0 ? 0 : 1;

function hashModule(): string {
  return `/** Generated from src/layout/schema.ts by "npm run layout"; do not edit. */\nexport const LAYOUT_HASH = 0x${layoutHash().toString(16)};\n`;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
