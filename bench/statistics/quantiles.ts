/** What a table says of a set of latencies, in ns. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
  /** How many samples there were: p99.99 of fewer than 10,000 is the maximum. */
  readonly count: number;
}

/** The value at a quantile of sorted samples: the smallest one that at least that share of them does not exceed. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return NaN;
  // 0.999 × 1000 is a little more than 999 in binary: without the tolerance the rank would be one too high.
  const rank = Math.ceil(share * sorted.length - 1e-9);
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1]!;
}

/** Sorts the samples in place. */
export function quantilesOf(samples: Float64Array): Quantiles {
  samples.sort();
  return {
    p50: quantile(samples, 0.5),
    p99: quantile(samples, 0.99),
    p999: quantile(samples, 0.999),
    p9999: quantile(samples, 0.9999),
    max: quantile(samples, 1),
    count: samples.length,
  };
}
