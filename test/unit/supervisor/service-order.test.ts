import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startGroups } from '#src/supervisor/service-order.js';

const groups = (after: Readonly<Record<string, readonly string[]>>): string[][] =>
  startGroups(new Map(Object.entries(after)));

it('services start after all that they name, and those of one group together', () => {
  assert.deepEqual(groups({ d: ['b', 'c'], b: ['a'], c: ['a', 'a'], a: [], e: [] }), [['a', 'e'], ['b', 'c'], ['d']]);
  assert.deepEqual(groups({}), []);
});

it('a long chain is put in order', () => {
  const chain = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`s${n}`, n === 0 ? [] : [`s${n - 1}`]]));
  assert.equal(groups(chain).length, 20_000);
});
