import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Series, STEP_MS, STEPS } from '#src/cli/top/look/series.js';

it('a step has the mean of its looks, or the greatest', () => {
  const mean = new Series('mean');
  const max = new Series('max');
  for (const [n, value] of [4, 8, 6].entries()) {
    mean.add(n, value);
    max.add(n, value);
  }
  assert.deepEqual([mean.last(9), max.last(9)], [[6], [8]]);
  mean.add(STEP_MS, 1);
  assert.deepEqual(mean.last(9), [6, 1]);
  assert.deepEqual(mean.last(1), [1]);
  assert.deepEqual(mean.last(0), []);
});

it('a look after a long time stands for all of it, and no more steps are kept than fit', () => {
  const series = new Series('mean');
  series.add(0, 1);
  series.add(3 * STEP_MS, 7);
  assert.deepEqual(series.last(9), [1, 7, 7, 7]);
  series.add(1e12, 5);
  assert.deepEqual(
    series.last(1000),
    Array.from({ length: STEPS }, () => 5),
  );
});
