import type { Quantiles } from './quantiles.js';
import { spreadOf, type Spread } from './spread.js';

/** Each quantile over several runs. */
export type QuantileSpread = Readonly<Record<keyof Quantiles, Spread>>;

export function quantileSpread(runs: readonly Quantiles[]): QuantileSpread {
  const over = (key: keyof Quantiles): Spread => spreadOf(runs.map((run) => run[key]));
  return {
    p50: over('p50'),
    p99: over('p99'),
    p999: over('p999'),
    p9999: over('p9999'),
    max: over('max'),
    count: over('count'),
  };
}
