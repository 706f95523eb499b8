/** What a histogram says of its values, in nanoseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly p999Ns: number;
  readonly maxNs: number;
}

/** 32 buckets for each doubling: values are kept within 3 %. */
const BUCKETS_PER_OCTAVE = 32;
const LINEAR_BUCKETS = 64;
/** 2^47 ns is more than a day. */
const OCTAVES = 42;
const BUCKETS = LINEAR_BUCKETS + OCTAVES * BUCKETS_PER_OCTAVE;

/** Counts latencies in buckets that widen with the value: any number of values, fixed memory, no allocation. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #max = 0;

  record(ns: number): void {
    const value = ns > 0 ? ns : 0;
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count++;
    if (value > this.#max) this.#max = value;
  }

  /** Adds all that another histogram has counted. */
  merge(other: LatencyHistogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + (other.#counts[bucket] ?? 0);
    }
    this.#count += other.#count;
    this.#max = Math.max(this.#max, other.#max);
  }

  summary(): LatencySummary {
    return {
      count: this.#count,
      p50Ns: this.#percentile(0.5),
      p99Ns: this.#percentile(0.99),
      p999Ns: this.#percentile(0.999),
      maxNs: Math.round(this.#max),
    };
  }

  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#max = 0;
  }

  #percentile(share: number): number {
    let left = Math.ceil(this.#count * share);
    if (left === 0) return 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket] ?? 0;
      if (left <= 0) return Math.round(Math.min(upperEdge(bucket), this.#max));
    }
    return Math.round(this.#max);
  }
}

function bucketOf(ns: number): number {
  if (ns < LINEAR_BUCKETS) return Math.floor(ns);
  const exponent = ns < 2 ** 31 ? 31 - Math.clz32(ns) : Math.floor(Math.log2(ns));
  const step = 2 ** (exponent - 5);
  const bucket = LINEAR_BUCKETS + (exponent - 6) * BUCKETS_PER_OCTAVE + (Math.floor(ns / step) - BUCKETS_PER_OCTAVE);
  return Math.min(bucket, BUCKETS - 1);
}

function upperEdge(bucket: number): number {
  if (bucket < LINEAR_BUCKETS) return bucket;
  const octave = Math.floor((bucket - LINEAR_BUCKETS) / BUCKETS_PER_OCTAVE);
  const place = (bucket - LINEAR_BUCKETS) % BUCKETS_PER_OCTAVE;
  return (BUCKETS_PER_OCTAVE + place + 1) * 2 ** (octave + 1);
}
