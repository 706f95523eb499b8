/** Several runs of the same measurement: their median and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** The middle value; of an even number of values, the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), runs: values.length };
}

/**
 * The spread of ours ÷ theirs, run by run. The runs of a pair follow each other at once, so what slows the machine for a
 * while slows both, and the ratios lie closer together than the figures.
 */
export function ratiosOf(ours: readonly number[], theirs: readonly number[]): Spread {
  if (ours.length !== theirs.length) throw new RangeError(`${ours.length} runs cannot be paired with ${theirs.length}`);
  return spreadOf(ours.map((value, run) => value / theirs[run]!));
}

/**
 * The median, and the two values between which the median of what these are a sample of lies, in 95 of 100 samples. Whatever
 * is sampled, each value is below its median with a chance of one half: so the bounds are ranks, from the binomial
 * distribution. Of fewer than six values: the least and the most, which promise less.
 */
export function medianBounds(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const { length } = sorted;
  let rank = 0;
  // the chance that so many are below it, and that no more are
  let chance = 2 ** -length;
  for (let below = chance; below <= 0.025; below += chance) {
    rank++;
    chance *= (length - rank + 1) / rank;
  }
  const low = Math.max(0, rank - 1);
  return { median: median(values), min: sorted[low]!, max: sorted[length - 1 - low]!, runs: length };
}
