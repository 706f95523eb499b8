import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  FIXED8_EXACT_MAX,
  fixed8FromNumber,
  fixed8ToNumber,
  formatFixed8,
  parseFixed8,
  readFixed8,
  writeFixed8,
} from '#src/protocol/index.js';
import { refused } from './kit.js';

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

test('text and units are the same value, both ways', () => {
  const table: readonly (readonly [string, bigint])[] = [
    ['0', 0n],
    ['1', 100_000_000n],
    ['45123.45', 4_512_345_000_000n],
    ['-0.00000001', -1n],
    ['0.1', 10_000_000n],
    ['67108864.00000001', 6_710_886_400_000_001n],
    ['92233720368.54775807', MAX],
    ['-92233720368.54775808', MIN],
  ];
  for (const [text, units] of table) {
    assert.equal(parseFixed8(text), units, text);
    assert.equal(formatFixed8(units), text);
  }
  assert.equal(parseFixed8('+1.50'), 150_000_000n);
  assert.equal(parseFixed8('-0'), 0n);
  assert.equal(parseFixed8('007.5'), 750_000_000n);
});

test('text that is no decimal number of eight places in range is refused, never rounded', () => {
  const wrong = ['', '.', '1.', '.5', '1.123456789', '1e3', ' 1', '1 ', '0x1', 'NaN', '--1', '1,5', '１'];
  const outside = ['92233720368.54775808', '-92233720368.54775809', '100000000000'];
  for (const text of [...wrong, ...outside]) refused('ERR_FIELD', () => parseFixed8(text));
  for (const value of [5, 5n, null, undefined] as unknown as string[]) refused('ERR_FIELD', () => parseFixed8(value));
});

test('any units survive text', () => {
  fc.assert(fc.property(fc.bigInt({ min: MIN, max: MAX }), (units) => parseFixed8(formatFixed8(units)) === units));
});

test('a number goes to the units nearest to it', () => {
  const table: readonly (readonly [number, bigint])[] = [
    [0, 0n],
    [-0, 0n],
    [0.1 + 0.2, 30_000_000n],
    [45_123.45, 4_512_345_000_000n],
    [-45_123.45, -4_512_345_000_000n],
    [0.000000014, 1n],
    [0.000000016, 2n],
    [-0.000000016, -2n],
    [4e-9, 0n],
    [89_999_999.5, 8_999_999_950_000_000n],
    [90_000_000, 9_000_000_000_000_000n],
    [-90_000_000.25, -9_000_000_025_000_000n],
    [123_456_789.5, 12_345_678_950_000_000n],
    [-134_217_728, -13_421_772_800_000_000n],
    [92_233_720_368, 9_223_372_036_800_000_000n],
    [-92_233_720_368, -9_223_372_036_800_000_000n],
  ];
  for (const [value, units] of table) assert.equal(fixed8FromNumber(value), units, String(value));
});

test('every value of eight places up to 2^26 survives being a number', () => {
  const most = BigInt(FIXED8_EXACT_MAX) * 100_000_000n;
  fc.assert(
    fc.property(fc.bigInt({ min: -most, max: most }), (units) => fixed8FromNumber(fixed8ToNumber(units)) === units),
    { numRuns: 2_000 },
  );
  for (const units of [most, most - 1n, -most, 1n - most]) assert.equal(fixed8FromNumber(fixed8ToNumber(units)), units);
});

test('a number written as a decimal of eight places is read as the same number', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 67_108_863 }), fc.integer({ min: 0, max: 99_999_999 }), (whole, fraction) => {
      const text = `${whole}.${String(fraction).padStart(8, '0')}`;
      return fixed8ToNumber(parseFixed8(text)) === Number(text) && fixed8FromNumber(Number(text)) === parseFixed8(text);
    }),
    { numRuns: 2_000 },
  );
});

test('beyond 2^26 the units are still those nearest to the double, and whole numbers are exact', () => {
  const whole = fc.bigInt({ min: -92_233_720_368n, max: 92_233_720_368n });
  fc.assert(fc.property(whole, (value) => fixed8FromNumber(Number(value)) === value * 100_000_000n));
  fc.assert(
    fc.property(fc.double({ min: -9.2e10, max: 9.2e10, noNaN: true }), (value) => {
      const scaled = exactTimes2To60(value) * 100_000_000n;
      const away = fixed8FromNumber(value) * 2n ** 60n - scaled;
      // The fraction times 10^8 is rounded once in a double, by at most 2^-27.
      const half = 2n ** 59n + 2n ** 33n;
      return away <= half && away >= -half;
    }),
    { numRuns: 2_000 },
  );
});

/** value × 2^60 without rounding (bits below 2^-60 are dropped). */
function exactTimes2To60(value: number): bigint {
  const whole = Math.trunc(value);
  return BigInt(whole) * 2n ** 60n + BigInt(Math.trunc((value - whole) * 2 ** 60));
}

test('numbers out of range and values of other types are refused', () => {
  const wrong = [
    NaN,
    Infinity,
    -Infinity,
    1e11,
    92_233_720_369,
    -92_233_720_369,
    1e300,
    '1',
    null,
    undefined,
    true,
    {},
  ];
  for (const value of wrong as number[]) refused('ERR_FIELD', () => fixed8FromNumber(value));
  for (const units of [MAX + 1n, MIN - 1n, 5 as unknown as bigint]) {
    refused('ERR_FIELD', () => fixed8ToNumber(units));
    refused('ERR_FIELD', () => formatFixed8(units));
  }
});

test('the ends of the range: the lowest value has a double, the greatest is the last double below it', () => {
  const lowest = -92_233_720_368.54776;
  const first = fixed8FromNumber(-92_233_720_368.5477);
  assert.ok(first > MIN && first < -9_223_372_036_854_760_000n);
  refused('ERR_FIELD', () => fixed8FromNumber(92_233_720_368.5478));
  assert.equal(fixed8ToNumber(MIN), lowest);
});

test('values are written and read in place, a bigint as units', () => {
  const view = new DataView(new ArrayBuffer(24));
  writeFixed8(view, 5, 1.25);
  assert.equal(view.getBigInt64(5, true), 125_000_000n);
  assert.equal(readFixed8(view, 5), 1.25);
  writeFixed8(view, 5, -3n);
  assert.equal(readFixed8(view, 5), -0.00000003);
  const error = refused('ERR_FIELD', () => writeFixed8(view, 5, MAX + 1n, 'Trade.price', 'price'));
  assert.match(error.message, /^Trade.price must be units from -9223372036854775808/);
  assert.equal(error.field, 'price');
  assert.equal(readFixed8(view, 5), -0.00000003, 'nothing is written when it is refused');
});
