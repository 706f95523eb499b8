import { histogramIndex } from '../../layout/histogram.js';

/** Powers of two: there the counts of a segment begin, so that what a bucket says is exact. */
const EXPONENTS = [9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 26, 28, 30, 32];

/**
 * Upper bounds of the buckets in ns: twice as long each from 512 ns to 66 us, where the bus itself is, then four times as
 * long, up to 4.3 s, for what event loops and handlers make of it.
 */
export const BUCKET_BOUNDS_NS: readonly number[] = EXPONENTS.map((exponent) => 2 ** exponent);

/** The same as indices of the counts: those below belong to the bucket. */
export const BUCKET_ENDS: readonly number[] = BUCKET_BOUNDS_NS.map(histogramIndex);

/** In seconds, as labels have them. */
export const BUCKET_LABELS: readonly string[] = BUCKET_BOUNDS_NS.map((ns) => String(ns / 1e9));
