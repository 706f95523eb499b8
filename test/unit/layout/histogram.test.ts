import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  consumerHistogram,
  histogramBytes,
  histogramIndex,
  histogramStart,
  measuredSlots,
  producerHistogram,
} from '#src/layout/histogram.js';
import { CONSUMER_LATENCIES, CONTROL_BYTES, HISTOGRAM, HISTOGRAM_COUNTS } from '#src/layout/schema.js';

const LONGEST = 2 ** 37;

describe('a latency histogram', () => {
  it('counts each latency where its bounds are, within 1.6 % of their middle', () => {
    const latencies = fc.oneof(fc.double({ min: 0, max: LONGEST - 1, noNaN: true }), fc.nat({ max: 5000 }));
    fc.assert(
      fc.property(latencies, (ns) => {
        const index = histogramIndex(ns);
        const [start, end] = [histogramStart(index), histogramStart(index + 1)];
        assert.ok(start <= ns && ns < end, `${ns} at ${index}: ${start} to ${end}`);
        const middle = (start + end - 1) / 2;
        if (ns >= 1) assert.ok(Math.abs(middle - Math.floor(ns)) / Math.floor(ns) <= 1 / 63);
      }),
      { numRuns: 5000 },
    );
  });

  it('has its counts in order, each beginning where the one before ends', () => {
    for (let index = 0; index < HISTOGRAM_COUNTS; index++) {
      assert.equal(histogramIndex(histogramStart(index)), index);
      assert.equal(histogramIndex(histogramStart(index + 1) - 1), index);
    }
    assert.equal(histogramStart(HISTOGRAM_COUNTS), LONGEST);
  });

  it('counts what cannot be with the shortest, and what is too long with the longest', () => {
    for (const ns of [-1, -Infinity, NaN, 0]) assert.equal(histogramIndex(ns), 0);
    for (const ns of [LONGEST, 1e15, Infinity]) assert.equal(histogramIndex(ns), HISTOGRAM_COUNTS - 1);
  });

  for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
    it(`of each measured slot of ${type} has a place of its own behind the slots`, () => {
      const { producers, consumers } = measuredSlots(type);
      const places = [
        ...Array.from({ length: producers }, (_, slot) => producerHistogram(type, slot)),
        ...Array.from({ length: consumers }, (_, slot) =>
          CONSUMER_LATENCIES.map((latency) => consumerHistogram(type, slot, latency)),
        ).flat(),
      ];
      const expected = places.map((_, n) => CONTROL_BYTES + n * HISTOGRAM.bytes);
      assert.deepEqual(places, expected);
      assert.equal(CONTROL_BYTES + histogramBytes(type), places.at(-1)! + HISTOGRAM.bytes);
      assert.equal(producerHistogram(type, producers), -1);
      assert.equal(consumerHistogram(type, consumers, 'queue'), -1);
    });
  }
});
