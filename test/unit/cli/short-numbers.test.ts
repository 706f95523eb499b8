import assert from 'node:assert/strict';
import { it } from 'node:test';
import { short, shortNs } from '#src/cli/short-numbers.js';

it('numbers have three digits', () => {
  assert.deepEqual([0, 999, 999.9, 1234, 999_960, 1_234_567, 9e9, -1500, undefined, NaN].map(short), [
    '0',
    '999',
    '1k',
    '1.23k',
    '1M',
    '1.23M',
    '9G',
    '-1.5k',
    '-',
    '-',
  ]);
});

it('durations have three digits and a unit', () => {
  assert.deepEqual([0, 64, 999.9, 1234, 12_345_678, 137e9, undefined, NaN].map(shortNs), [
    '0ns',
    '64ns',
    '1us',
    '1.23us',
    '12.3ms',
    '137s',
    '-',
    '-',
  ]);
});
