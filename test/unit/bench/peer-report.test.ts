import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReached } from '../../../bench/peers/report.js';
import type { PeerLine } from '../../../bench/peers/run.js';
import { quantileSpread } from '../../../bench/statistics/quantile-spread.js';
import { quantilesOf } from '../../../bench/statistics/quantiles.js';
import { spreadOf } from '../../../bench/statistics/spread.js';

function line(name: string, small: number, large: number, roundTrip: number): PeerLine {
  const ratios = { small: spreadOf([small]), large: spreadOf([large]), roundTrip: spreadOf([roundTrip]) };
  return {
    name,
    small: spreadOf([1]),
    large: spreadOf([1]),
    roundTrip: quantileSpread([quantilesOf(Float64Array.of(1))]),
    ratios,
  };
}

test('a peer must be ten times slower at both sizes, and slower in round trips', () => {
  assert.equal(isReached(line('zeromq', 10, 10, 2)), true);
  assert.equal(isReached(line('zeromq', 9.9, 10, 2)), false);
  assert.equal(isReached(line('zeromq', 10, 9.9, 2)), false);
  assert.equal(isReached(line('zeromq', 10, 10, 1)), false);
});

test('the hand-batched socket must only be slower', () => {
  assert.equal(isReached(line('unix-socket-batched', 1.5, 1.1, 2)), true);
  assert.equal(isReached(line('unix-socket-batched', 1, 1.1, 2)), false);
});
