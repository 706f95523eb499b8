import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile, quantilesOf } from '../../../bench/statistics/quantiles.js';

const thousand = Float64Array.from({ length: 1000 }, (_, i) => 1000 - i);

test('a quantile is the smallest sample that its share of all samples does not exceed', () => {
  assert.equal(quantile([10, 20, 30, 40], 0.5), 20);
  assert.equal(quantile([10, 20, 30, 40], 0.51), 30);
  assert.equal(quantile([10, 20, 30, 40], 1), 40);
  assert.equal(quantile([10, 20, 30, 40], 0), 10);
});

test('shares that are not exact in binary hit the rank that they name', () => {
  const { p50, p99, p999, p9999, max, count } = quantilesOf(thousand.slice());
  assert.deepEqual(
    { p50, p99, p999, p9999, max, count },
    { p50: 500, p99: 990, p999: 999, p9999: 1000, max: 1000, count: 1000 },
  );
});

test('one sample is every quantile', () => {
  const { p50, p9999, max } = quantilesOf(Float64Array.of(7));
  assert.deepEqual([p50, p9999, max], [7, 7, 7]);
});

test('samples are sorted as numbers, negative ones too', () => {
  assert.equal(quantilesOf(Float64Array.of(100, -5, 9)).p50, 9);
});

test('no samples have no quantiles', () => {
  assert.ok(Number.isNaN(quantile([], 0.5)));
});
