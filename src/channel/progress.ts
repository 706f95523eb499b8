import { CELL_BYTES, CONSUMER_SLOT, consumerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { RingHistory } from '../ring/join.js';

const { cursor: CURSOR, generation: GENERATION } = CONSUMER_SLOT.at;

interface Sight {
  readonly cursor: number;
  readonly generation: number;
  /** When it was first seen there with something to read, monotonic ns. */
  readonly sinceNs: number;
}

/**
 * Remembers where the consumers of a channel were seen, and since when. A consumer that has read everything, or stands
 * before a claim that is not committed, has nothing to read: its time does not run.
 */
export class Progress {
  private readonly segment: Segment;
  private history: RingHistory | undefined;
  private readonly sights = new Map<number, Sight>();

  constructor(segment: Segment) {
    this.segment = segment;
  }

  /**
   * For how long the consumer in a slot has had something to read and has not moved, ns. It begins at 0 when that is seen
   * for the first time, however long ago the last look was.
   */
  idleNs(slot: number, nowNs: number): number {
    const { control } = this.segment;
    const base = consumerSlotOffset(slot);
    const generation = control.getInt32(base + GENERATION);
    const cursor = control.loadFloat64Acquire(base + CURSOR);
    const seen = this.sights.get(slot);
    if (!this.isReadable(cursor)) {
      this.sights.delete(slot);
      return 0;
    }
    if (seen !== undefined && seen.cursor === cursor && seen.generation === generation)
      return Math.max(0, nowNs - seen.sinceNs);
    this.sights.set(slot, { cursor, generation, sinceNs: nowNs });
    return 0;
  }

  /** Whether there is something to read at a cursor. */
  isReadable(cursor: number): boolean {
    return Number.isInteger(cursor / CELL_BYTES) && cursor >= 0 && this.rings.isReadable(cursor);
  }

  private get rings(): RingHistory {
    this.history ??= new RingHistory(this.segment);
    return this.history;
  }

  forget(slot: number): void {
    this.sights.delete(slot);
  }
}
