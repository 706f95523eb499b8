import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LatencyHistogram } from '../../../../../examples/pipeline/stage/latency-histogram.js';

/** The exact value at that share of the sorted values. */
function exact(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
}

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** Values spread over nine orders of magnitude, the same in every run. */
function spread(count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(10 ** (((i * 7919) % count) / (count / 9))));
}

describe('the latency histogram', () => {
  it('keeps every percentile within 4 % above the exact value, from nanoseconds to seconds', () => {
    const values = spread(50_000);
    const summary = histogramOf(values).summary();
    for (const [share, found] of [
      [0.5, summary.p50Ns],
      [0.99, summary.p99Ns],
      [0.999, summary.p999Ns],
    ] as const) {
      const expected = exact(values, share);
      assert.ok(found >= expected && found <= expected * 1.04 + 1, `p${share * 100}: ${found} for ${expected}`);
    }
    assert.equal(summary.count, 50_000);
    assert.equal(summary.maxNs, Math.max(...values));
  });

  it('puts single values where they belong, around every edge of its buckets', () => {
    for (let exponent = 0; exponent < 47; exponent++) {
      for (const value of [2 ** exponent - 1, 2 ** exponent, 2 ** exponent + 1]) {
        const { p50Ns } = histogramOf([value, 2 ** 60]).summary();
        assert.ok(p50Ns >= value && p50Ns <= value * 1.04 + 1, `${p50Ns} for ${value}`);
      }
    }
  });

  it('says nothing of nothing, and takes negative values as 0', () => {
    assert.deepEqual(new LatencyHistogram().summary(), { count: 0, p50Ns: 0, p99Ns: 0, p999Ns: 0, maxNs: 0 });
    assert.deepEqual(histogramOf([-5]).summary(), { count: 1, p50Ns: 0, p99Ns: 0, p999Ns: 0, maxNs: 0 });
  });

  it('merged from parts is the same as the whole, and empty after a reset', () => {
    const values = spread(10_000);
    const total = histogramOf(values.slice(0, 3000));
    const part = histogramOf(values.slice(3000));
    total.merge(part);
    assert.deepEqual(total.summary(), histogramOf(values).summary());
    part.reset();
    assert.deepEqual(part.summary(), new LatencyHistogram().summary());
  });
});
