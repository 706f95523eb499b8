import { consumerHistogram, histogramStart, producerHistogram, type ConsumerLatency } from '../layout/histogram.js';
import { HISTOGRAM, HISTOGRAM_COUNTS } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';

/** Only the count when there is none. */
export interface LatencySummary {
  readonly count: number;
  readonly meanNs?: number;
  readonly p50Ns?: number | undefined;
  readonly p90Ns?: number | undefined;
  readonly p99Ns?: number | undefined;
  readonly p999Ns?: number | undefined;
  readonly maxNs?: number;
}

/**
 * A latency histogram as it was at one moment: log-linear counts, the middle of each within 1.6 % of all that it counts.
 * The difference of two is a histogram too, so everybody can begin anew for himself and disturb nobody.
 */
export class Latencies {
  /** Messages that were timed. */
  readonly count: number;
  /** Of all, ns. */
  readonly sumNs: number;
  private readonly counts: Float64Array;
  private readonly greatestNs: number;
  /** Before the first of these there are no counts, and none after the second. */
  private readonly begin: number;
  private readonly end: number;

  /** What is no count in `counts` is made none. `from` and `to`: only between them is anything that belongs to it. */
  constructor(counts: Float64Array, sumNs: number, greatestNs: number, from = 0, to = counts.length) {
    let sum = 0;
    let begin = to;
    let end = 0;
    for (let index = from; index < to; index++) {
      const count = counts[index]!;
      // most are, and to add them would take four times as long as to see it
      if (count === 0) continue;
      if (!(count > 0 && count < Number.MAX_SAFE_INTEGER)) {
        counts[index] = 0;
        continue;
      }
      sum += count;
      if (end === 0) begin = index;
      end = index + 1;
    }
    this.counts = counts;
    this.count = sum;
    this.sumNs = sumNs;
    this.greatestNs = greatestNs;
    this.begin = begin;
    this.end = end;
  }

  static readonly NONE = new Latencies(new Float64Array(HISTOGRAM_COUNTS), 0, 0);

  /** Of writes of the producer in a slot, from the call to its return; undefined where they are not measured. */
  static ofProducer(segment: Segment, slot: number, room?: LatencyRoom | 'none'): Latencies | undefined {
    return read(segment, producerHistogram(segment.shape.type, slot), room);
  }

  /** Of a consumer: waiting in the ring, from the producer's call to the handler, or the handler itself. */
  static ofConsumer(
    segment: Segment,
    slot: number,
    latency: ConsumerLatency,
    room?: LatencyRoom | 'none',
  ): Latencies | undefined {
    return read(segment, consumerHistogram(segment.shape.type, slot, latency), room);
  }

  /** Mean in ns; NaN for none. */
  get meanNs(): number {
    return this.sumNs / this.count;
  }

  /** The greatest in ns: exact, if it was since the beginning; 0 for none. */
  get maxNs(): number {
    if (this.count === 0) return 0;
    return Math.min(this.greatestNs, histogramStart(this.end));
  }

  /** The latency in ns that a share of all (0 to 1) do not exceed, within 1.6 %; NaN for none. */
  quantile(share: number): number {
    if (this.count === 0) return NaN;
    const rank = Math.max(1, Math.ceil(share * this.count));
    let index = this.begin;
    for (let seen = this.counts[index]!; seen < rank && index < this.end - 1;) seen += this.counts[++index]!;
    return Math.min(middleOf(index), this.maxNs);
  }

  /** How many were not longer than that, as far as the counts can tell. */
  countUpTo(ns: number): number {
    let sum = 0;
    for (let index = this.begin; index < this.end && histogramStart(index + 1) - 1 <= ns; index++)
      sum += this.counts[index]!;
    return sum;
  }

  /** How many stand below each of some indices (of `histogramIndex`, ascending); they go into `below`. */
  countsBelow(ends: readonly number[], below = new Float64Array(ends.length)): Float64Array {
    const { counts } = this;
    let sum = 0;
    let index = this.begin;
    // no closure around the sum: it would be an object for each of a million steps of a scrape
    for (let at = 0; at < ends.length; at++) {
      for (const end = Math.min(ends[at]!, this.end); index < end; index++) sum += counts[index]!;
      below[at] = sum;
    }
    return below;
  }

  /** In a few numbers, ns; what JSON has of it. */
  toJSON(): LatencySummary {
    if (this.count === 0) return { count: 0 };
    const [p50Ns, p90Ns, p99Ns, p999Ns] = [0.5, 0.9, 0.99, 0.999].map((share) => Math.round(this.quantile(share)));
    return { count: this.count, meanNs: Math.round(this.meanNs), p50Ns, p90Ns, p99Ns, p999Ns, maxNs: this.maxNs };
  }

  /** What came since an earlier moment. An earlier one with more in it was of a former life: then all of this is new. */
  since(earlier: Latencies): Latencies {
    // most of many are as they were: that is seen without comparing all their counts
    if (this.count === earlier.count && this.sumNs === earlier.sumNs) return Latencies.NONE;
    const { begin, end } = this;
    const counts = new Float64Array(HISTOGRAM_COUNTS);
    counts.set(this.counts.subarray(begin, end), begin);
    for (let index = earlier.begin; index < earlier.end; index++) {
      const left = counts[index]! - earlier.counts[index]!;
      if (left < 0) return this;
      counts[index] = left;
    }
    return new Latencies(counts, this.sumNs - earlier.sumNs, this.greatestNs);
  }

  /** Several together. */
  static merge(parts: readonly Latencies[]): Latencies {
    if (parts.length === 1) return parts[0]!;
    const counts = new Float64Array(HISTOGRAM_COUNTS);
    for (const part of parts)
      for (let index = part.begin; index < part.end; index++) counts[index]! += part.counts[index]!;
    const sumNs = parts.reduce((sum, part) => sum + part.sumNs, 0);
    return new Latencies(counts, sumNs, Math.max(0, ...parts.map((part) => part.greatestNs)));
  }
}

/**
 * Where the counts of one look stand, to be used again by the next: thousands of arrays for each would keep the collector of
 * garbage busier than the look. What was read into it is good until `clear`.
 */
export class LatencyRoom {
  private readonly arrays: Float64Array[] = [];
  private used = 0;

  /** An array that nobody else has; there may be anything in it. */
  take(): Float64Array {
    return (this.arrays[this.used++] ??= new Float64Array(HISTOGRAM_COUNTS));
  }

  /** All that was taken is free again; what the last look did not need is given back. */
  clear(): void {
    this.arrays.length = Math.min(this.arrays.length, this.used);
    this.reuse();
  }

  /** The same within a look, of which a later part may need more than this one: nothing is given back. */
  reuse(): void {
    this.used = 0;
  }
}

function middleOf(index: number): number {
  return (histogramStart(index) + histogramStart(index + 1) - 1) / 2;
}

/** What stands there may be anything: only what can be is believed. */
function read({ control }: Segment, base: number, room?: LatencyRoom | 'none'): Latencies | undefined {
  if (base < 0 || room === 'none') return undefined;
  const { counts: at, sumNs, maxNs } = HISTOGRAM.at;
  const counts = room === undefined ? new Float64Array(HISTOGRAM_COUNTS) : room.take();
  const { buffer, byteOffset } = control.bytes;
  const cells = new Float64Array(buffer, byteOffset + base + at, HISTOGRAM_COUNTS);
  // Three of four have no count: those before the first and after the last are passed over, and not copied.
  let begin = 0;
  while (begin < HISTOGRAM_COUNTS && areNone(cells, begin)) begin += EIGHT;
  let end = HISTOGRAM_COUNTS;
  while (end > begin && areNone(cells, end - EIGHT)) end -= EIGHT;
  counts.set(cells.subarray(begin, end), begin);
  const [sum, greatest] = [plain(control.getFloat64(base + sumNs)), plain(control.getFloat64(base + maxNs))];
  return new Latencies(counts, sum, greatest, begin, end);
}

const EIGHT = 8;

/**
 * Whether eight in a row have no count: seen at once, as most have none. Of what can be no count either may be said. The
 * length of a histogram is a multiple of eight.
 */
function areNone(cells: Float64Array, at: number): boolean {
  const left = cells[at]! + cells[at + 1]! + (cells[at + 2]! + cells[at + 3]!);
  const right = cells[at + 4]! + cells[at + 5]! + (cells[at + 6]! + cells[at + 7]!);
  return left + right === 0;
}

function plain(value: number): number {
  return value > 0 && value < Number.MAX_SAFE_INTEGER ? value : 0;
}
