import { TimeRing } from './time-ring.js';
import type { ChannelView, HistoryAnswer, HistoryColumn } from './wire.js';

/** Looks that are kept as they were: five minutes of two a second, twenty of one in two seconds. */
const FINE_ROWS = 600;
/** Older ones are kept as one row of so long a time. */
const COARSE_MS = 10_000;
/** And that for so long. */
const SPAN_MS = 3_600_000;
const COARSE_ROWS = SPAN_MS / COARSE_MS + 1;

const COLUMNS: readonly HistoryColumn[] = ['perSecond', 'used', 'lag', 'p50', 'p99', 'p999'];
const WIDTH = COLUMNS.length;
/** The one column of which the mean is kept, not the greatest. */
const MEAN_COLUMN = COLUMNS.indexOf('perSecond');
/** More than what is drawn of a number. */
const DIGITS = 4;

/** An answer while it is put together. */
type Filled = Record<HistoryColumn, (number | null)[]> & { readonly at: number[] };

/** Figures of one channel, row by row; NaN where there are none. */
interface Track {
  readonly fine: Float32Array;
  readonly coarse: Float32Array;
  /** Of the last row with figures. */
  seenMs: number;
  /** The coarse row that was added to last, and how many looks are in it. */
  coarseRow: number;
  merged: number;
}

/**
 * What was seen of the channels lately. All of them are looked at together, so there is one axis of time for all. It takes
 * as much memory for a channel that was seen once as for any other, and knows `channelsMax` at most.
 */
export class History {
  private readonly channelsMax: number;
  private readonly fine = new TimeRing(FINE_ROWS);
  private readonly coarse = new TimeRing(COARSE_ROWS);
  private readonly tracks = new Map<string, Track>();
  /** Counts the coarse rows. */
  private coarseRow = 0;

  constructor(channelsMax: number) {
    this.channelsMax = channelsMax;
  }

  /**
   * Begins the row of a look, ms since the epoch. A channel that is not noted before the next one begins has a gap there;
   * all of them have one before it when it is `isAfterGap`.
   */
  begin(atMs: number, isAfterGap: boolean): void {
    // the clock was set back: what was noted of that time is noted anew
    const isSetBack = this.fine.forgetFrom(atMs);
    const wasCoarseSetBack = this.coarse.forgetFrom(atMs);
    const lastMs = this.fine.newestMs;
    const isNewPeriod = periodOf(this.coarse.newestMs) !== periodOf(atMs);
    if (isAfterGap && this.fine.length > 0) {
      this.pushFine(lastMs + 1);
      if (isNewPeriod) this.pushCoarse(lastMs + 1);
    }
    this.pushFine(atMs);
    if (isNewPeriod || isSetBack || wasCoarseSetBack) this.pushCoarse(atMs);
    for (const [name, { seenMs }] of this.tracks) if (atMs - seenMs > SPAN_MS) this.tracks.delete(name);
  }

  /** What the look that was begun last has found of a channel. */
  note({ name, perSecond, used, lag, latency }: ChannelView): void {
    const track = this.tracks.get(name) ?? this.newTrack(name);
    const { p50 = NaN, p99 = NaN, p999 = NaN } = latency;
    const row = [perSecond, used, lag, p50, p99, p999];
    track.fine.set(row, this.fine.newestSlot * WIDTH);
    track.seenMs = this.fine.newestMs;
    track.merged = track.coarseRow === this.coarseRow ? track.merged + 1 : 1;
    track.coarseRow = this.coarseRow;
    const begin = this.coarse.newestSlot * WIDTH;
    for (const [column, now] of row.entries()) {
      const before = track.coarse[begin + column]!;
      if (Number.isNaN(now)) continue;
      const mean = before + (now - before) / track.merged;
      track.coarse[begin + column] = Number.isNaN(before) ? now : column === MEAN_COLUMN ? mean : Math.max(before, now);
    }
  }

  /** All that is known of a channel; nothing of one that was never seen. */
  of(channel: string): HistoryAnswer {
    const answer = { channel, at: [], perSecond: [], used: [], lag: [], p50: [], p99: [], p999: [] };
    const track = this.tracks.get(channel);
    if (track === undefined) return answer;
    const fromMs = this.fine.newestMs - SPAN_MS;
    copyRows(answer, this.coarse, track.coarse, fromMs, this.fine.timeOf(0));
    copyRows(answer, this.fine, track.fine, fromMs, Infinity);
    return answer;
  }

  private pushFine(atMs: number): void {
    const begin = this.fine.push(atMs) * WIDTH;
    for (const { fine } of this.tracks.values()) fine.fill(NaN, begin, begin + WIDTH);
  }

  private pushCoarse(atMs: number): void {
    const begin = this.coarse.push(atMs) * WIDTH;
    for (const { coarse } of this.tracks.values()) coarse.fill(NaN, begin, begin + WIDTH);
    this.coarseRow += 1;
  }

  private newTrack(name: string): Track {
    if (this.tracks.size >= this.channelsMax) this.tracks.delete(this.longestUnseen());
    const track = {
      fine: new Float32Array(FINE_ROWS * WIDTH).fill(NaN),
      coarse: new Float32Array(COARSE_ROWS * WIDTH).fill(NaN),
      seenMs: 0,
      coarseRow: 0,
      merged: 0,
    };
    this.tracks.set(name, track);
    return track;
  }

  private longestUnseen(): string {
    let [found = ''] = this.tracks.keys();
    for (const [name, { seenMs }] of this.tracks) if (seenMs < this.tracks.get(found)!.seenMs) found = name;
    return found;
  }
}

function periodOf(atMs: number): number {
  return Math.floor(atMs / COARSE_MS);
}

/** The rows from one time until before another. Of gaps in a row it needs one. */
function copyRows(to: Filled, ring: TimeRing, figures: Float32Array, fromMs: number, untilMs: number): void {
  for (let index = 0; index < ring.length; index++) {
    const atMs = ring.timeOf(index);
    if (atMs < fromMs || atMs >= untilMs) continue;
    const begin = ring.slotOf(index) * WIDTH;
    const row = [...figures.subarray(begin, begin + WIDTH)].map((value) =>
      Number.isNaN(value) ? null : Number(value.toPrecision(DIGITS)),
    );
    const isGap = row.every((value) => value === null);
    if (isGap && (to.at.length === 0 || to.used.at(-1) === null)) continue;
    to.at.push(atMs);
    for (const [column, name] of COLUMNS.entries()) to[name].push(row[column]!);
  }
}
