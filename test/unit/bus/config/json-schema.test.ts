import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { ROOT_KEYS } from '#src/bus/config/keys.js';
import type { TableRules } from '#src/bus/config/rules.js';

type Schema = { properties?: Record<string, Schema>; additionalProperties?: Schema | boolean; anyOf?: Schema[] };

const schema = JSON.parse(
  readFileSync(new URL('../../../../../config/alphapulse-bus.schema.json', import.meta.url), 'utf8'),
) as Schema;

/** Every key has its place in the schema, and the schema has no others. */
function compare(keys: TableRules, { properties = {}, additionalProperties }: Schema, path: string): number {
  assert.deepEqual(Object.keys(properties), Object.keys(keys), path);
  assert.equal(additionalProperties, false, path);
  return Object.entries(keys).reduce((count, [key, { value }]) => {
    const own = properties[key]!;
    const below = `${path}.${key}`;
    if (value.kind === 'table') return count + 1 + compare(value.keys, own, below);
    if (value.kind === 'tables') return count + 1 + compare(value.keys, own.additionalProperties as Schema, below);
    return count + 1;
  }, 0);
}

it('the schema for editors has every key of the configuration, and no other', () => {
  assert.ok(compare(ROOT_KEYS, schema, '') > 50);
});
