import assert from 'node:assert/strict';
import { it } from 'node:test';
import { columnsFor, SORTS, sortSamples } from '#src/cli/top/view/columns.js';
import { endpoint, latencies, sample } from './kit.js';

const SAMPLES = [
  sample('b', 0.1, 5, { consumers: [endpoint('x', { lag: { messages: 1, bytes: 0 } })] }),
  sample('a', 0.9, 1, {
    consumers: [endpoint('x', { lag: { messages: 2, bytes: 0 }, totalLatency: latencies(500, 3) })],
  }),
  sample('c', 0.5, 9),
];

it('channels are sorted by any column; those that have nothing there are last, either way round', () => {
  const order = (sort: string, isInverted = false): string =>
    sortSamples(SAMPLES, sort, isInverted)
      .map(({ figures }) => figures.channel)
      .join('');
  assert.deepEqual(
    ['name', 'rate', 'used', 'lag', 'p99'].map((sort) => order(sort)),
    ['abc', 'cba', 'acb', 'abc', 'abc'],
  );
  assert.deepEqual([order('name', true), order('rate', true), order('lag', true)], ['cba', 'abc', 'bac']);
  for (const sort of SORTS) assert.equal(order(sort).length, 3);
});

it('a consumer that is dead counts for the lag while producers wait for it', () => {
  const dead = (gating: boolean) => sample('d', 0, 0, { consumers: [endpoint('x', { state: 'dead', gating })] });
  const lag = columnsFor(80, 'lag', 8).find(({ id }) => id === 'lag')!;
  assert.deepEqual([lag.order!(dead(true)), lag.order!(dead(false))], [1500, undefined]);
});
