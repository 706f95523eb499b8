import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatSize, isPowerOfTwo, nearestPowers, parseSize } from '#src/bus/config/sizes.js';

const KB = 1024;

test('a size is a whole number of bytes or text with a unit, in powers of 1024', () => {
  const table: readonly (readonly [unknown, number])[] = [
    [0, 0],
    [4096, 4096],
    ['64B', 64],
    ['8KB', 8 * KB],
    ['256MB', 256 * KB ** 2],
    ['1GB', KB ** 3],
    ['2TB', 2 * KB ** 4],
    ['123', 123],
    ['8kb', 8 * KB],
    ['8 KB', 8 * KB],
    [' 8KB ', 8 * KB],
    ['0008KB', 8 * KB],
  ];
  for (const [value, bytes] of table) assert.deepEqual(parseSize(value), { bytes }, String(value));
});

test('a fraction is accepted only when it gives whole bytes', () => {
  assert.deepEqual(parseSize('1.5KB'), { bytes: 1536 });
  assert.deepEqual(parseSize('0.0009765625KB'), { bytes: 1 });
  assert.deepEqual(parseSize('0.3KB'), { hint: 'that is not a whole number of bytes' });
  assert.deepEqual(parseSize('1.5'), { hint: 'that is not a whole number of bytes' });
  assert.deepEqual(parseSize(1.5), { hint: 'bytes come whole' });
});

test('what is no size says why', () => {
  assert.deepEqual(parseSize('8XB'), { hint: 'the units are B, KB, MB, GB and TB' });
  assert.deepEqual(parseSize('8KiB'), { hint: 'write KB: units are powers of 1024 already' });
  assert.deepEqual(parseSize(-1), { hint: 'a size cannot be negative' });
  assert.deepEqual(parseSize('99999999TB'), { hint: 'that is more than any machine has' });
  for (const value of ['', 'KB', '-8KB', '1e3', '0x10', '1_000', '8KB 8KB', '.5KB', true, null, {}, [8], 8n]) {
    assert.deepEqual(parseSize(value), { hint: undefined }, typeof value);
  }
  for (const value of [NaN, Infinity, 2 ** 60]) assert.deepEqual(parseSize(value), { hint: 'bytes come whole' });
});

test('a formatted size reads back as itself', () => {
  assert.equal(formatSize(65_536), '64KB');
  assert.equal(formatSize(100), '100B');
  assert.equal(formatSize(0), '0B');
  fc.assert(
    fc.property(fc.maxSafeNat(), (bytes) => {
      assert.deepEqual(parseSize(formatSize(bytes)), { bytes });
    }),
  );
});

test('every power of two is recognised, and its neighbours are not', () => {
  for (let exponent = 0; exponent < 53; exponent++) assert.ok(isPowerOfTwo(2 ** exponent), String(exponent));
  for (let exponent = 2; exponent < 53; exponent++) {
    assert.ok(!isPowerOfTwo(2 ** exponent - 1), String(exponent));
    assert.ok(!isPowerOfTwo(2 ** exponent + 1), String(exponent));
  }
  assert.ok(!isPowerOfTwo(0));
});

test('the nearest powers lie around a size and within the limits', () => {
  assert.deepEqual(nearestPowers(100, 16, 1024), [64, 128]);
  assert.deepEqual(nearestPowers(3, 16, 1024), [16]);
  assert.deepEqual(nearestPowers(0, 16, 1024), [16]);
  assert.deepEqual(nearestPowers(5000, 16, 1024), [1024]);
});
