import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantileSpread } from '../../../bench/statistics/quantile-spread.js';
import { quantilesOf } from '../../../bench/statistics/quantiles.js';
import { median, medianBounds, ratiosOf, spreadOf } from '../../../bench/statistics/spread.js';

test('the median of an odd number of runs is the middle one, of an even number the mean of the two in the middle', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([9, 1, 5, 6]), 5.5);
  assert.ok(Number.isNaN(median([])));
});

test('the median does not reorder what it was given', () => {
  const runs = [3, 1, 2];
  median(runs);
  assert.deepEqual(runs, [3, 1, 2]);
});

test('a spread says the median, the least and the most', () => {
  assert.deepEqual(spreadOf([10, 9, 8]), { median: 9, min: 8, max: 10, runs: 3 });
});

test('ratios are taken run by run, not between the medians', () => {
  assert.deepEqual(ratiosOf([10, 20, 90], [10, 40, 30]), { median: 1, min: 0.5, max: 3, runs: 3 });
});

test('the median of a sample lies between the ranks that tables of the sign test give', () => {
  const ranks = (length: number): number[] => {
    const { min, max } = medianBounds(Array.from({ length }, (_, index) => index + 1));
    return [min, max];
  };
  assert.deepEqual([5, 6, 9, 10, 20, 60].map(ranks), [
    [1, 5],
    [1, 6],
    [2, 8],
    [2, 9],
    [6, 15],
    [22, 39],
  ]);
});

test('runs that have no counterpart are refused', () => {
  assert.throws(() => ratiosOf([1, 2], [1]), /2 runs cannot be paired with 1/);
});

test('each quantile gets its own spread over the runs', () => {
  const spread = quantileSpread([Float64Array.of(1, 2, 3), Float64Array.of(5, 6, 9)].map(quantilesOf));
  assert.deepEqual(spread.p50, { median: 4, min: 2, max: 6, runs: 2 });
  assert.deepEqual(spread.max, { median: 6, min: 3, max: 9, runs: 2 });
});
