import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differenceU64, readI64Number, readU64Number } from '#src/protocol/index.js';
import { isU64Number, writeSafeInteger } from '#src/protocol/u64.js';

const view = new DataView(new ArrayBuffer(32));

test('safe integers are written as 64 bits, as BigInts would be', () => {
  const check = (value: number): boolean => {
    writeSafeInteger(view, 3, value);
    return view.getBigInt64(3, true) === BigInt(value) && readI64Number(view, 3) === value;
  };
  const edges = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
  for (const edge of edges) assert.ok(check(edge) && check(-edge), String(edge));
  fc.assert(fc.property(fc.maxSafeInteger(), check));
});

test('any 64 bits are read as the nearest number', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      view.setBigUint64(1, value, true);
      return readU64Number(view, 1) === Number(value) && readI64Number(view, 1) === Number(BigInt.asIntN(64, value));
    }),
  );
});

test('a difference below 2^53 is exact, wherever the two values are', () => {
  const value = fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 2n ** 53n });
  fc.assert(
    fc.property(value, fc.maxSafeInteger(), (earlier, difference) => {
      view.setBigUint64(0, earlier + BigInt(difference), true);
      view.setBigUint64(16, earlier, true);
      return differenceU64(view, 0, view, 16) === difference && differenceU64(view, 16, view, 0) === -difference + 0;
    }),
  );
});

test('a number for a u64 is an integer that it holds exactly', () => {
  for (const value of [0, 1, Number.MAX_SAFE_INTEGER]) assert.ok(isU64Number(value));
  for (const value of [-1, 0.5, 2 ** 53, NaN, Infinity, -Infinity]) assert.equal(isU64Number(value), false);
});
