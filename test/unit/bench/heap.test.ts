import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeapGrowth } from '../../../bench/measure/heap.js';

/** Where results go, so that no compiler can leave the work out. */
const kept: unknown[] = [];

test('work that allocates an array per turn is charged for it', () => {
  const growth = new HeapGrowth();
  for (let turn = 0; turn < 200; turn++) {
    growth.measure(() => {
      for (let i = 0; i < 100; i++) kept[i] = [i, i, i, i];
    });
  }
  // an array of four elements: at least 16 bytes of object and 32 of elements
  assert.ok(growth.bytes >= 190 * 100 * 48, `${growth.bytes}`);
});

test('work that allocates nothing costs next to nothing', () => {
  const buffer = new Int32Array(16);
  const work = (): void => {
    for (let i = 0; i < 10_000; i++) buffer[i & 15] = (buffer[(i + 1) & 15]! + 1) | 0;
  };
  new HeapGrowth().measure(work);
  const growth = new HeapGrowth();
  for (let turn = 0; turn < 100; turn++) growth.measure(work);
  assert.ok(growth.bytes < 100_000, `${growth.bytes} bytes for a million operations`);
});
