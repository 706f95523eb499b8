import { CELL_BYTES, CONTROL } from '../layout/schema.js';
import { ClaimState, claimHigh, claimLow, isCommitted, lapOf } from './claim-word.js';
import { checkGate, gatingPosition } from './gating.js';
import { loadOldest, type SharedTail } from './shared-tail.js';
import { corrupt, strideOf, type RingStorage } from './storage.js';
import { RingWalker } from './walker.js';

const OLDEST = CONTROL.at.oldest;

/**
 * The oldest position of a multi-producer ring, which its producers move together: whoever is short of room gives up
 * history for all. It only ever grows, by a swap, so that a walk over records that somebody else has overwritten
 * meanwhile comes to nothing.
 */
export class SharedOldest {
  private readonly storage: RingStorage;
  private readonly tail: SharedTail;
  private readonly walker: RingWalker;

  constructor(storage: RingStorage, tail: SharedTail) {
    this.storage = storage;
    this.tail = tail;
    this.walker = new RingWalker(storage, 0);
  }

  /** Gives up what lies before `needed`, and some more, as far as consumers and open claims allow. */
  giveUp(needed: number): void {
    const { storage } = this;
    const { control, capacity } = storage;
    const from = loadOldest(storage);
    if (from >= needed) return;
    const gate = gatingPosition(storage);
    this.tail.load();
    checkGate(storage, gate, this.tail.position);
    const to = this.reach(from, needed + strideOf(capacity), Math.min(gate, this.tail.position));
    // A swap, and a full fence: somebody else may have moved it meanwhile, which is as good.
    if (to > from) control.compareAndSwapFloat64(OLDEST, from, to);
  }

  /**
   * Walks from `from` to `target` or a little beyond, over committed records that end before `gate`, and answers where the
   * last committed one on the way starts: the sequence in its header is what those who join there begin with.
   *
   * Counts in cells from `from` on: small integers, which leave nothing on the heap however many records there are.
   */
  private reach(from: number, target: number, gate: number): number {
    const { storage, walker } = this;
    const { claims, capacity } = storage;
    const targetCells = Math.ceil((target - from) / CELL_BYTES);
    const gateCells = Math.floor((gate - from) / CELL_BYTES);
    walker.moveTo(from);
    const lap = lapOf(from, capacity);
    let low = claimLow(lap, ClaimState.COMMITTED, 0);
    let high = claimHigh(lap);
    let cellsToNextLap = capacity / CELL_BYTES - walker.cell;
    let whole = 0;
    let ahead = 0;
    while (isCommitted(claims, walker.cell, low, high)) {
      whole = ahead;
      if (whole >= targetCells) break;
      const bytes = walker.recordBytes();
      if (bytes === 0) return this.impossible(from);
      ahead += bytes / CELL_BYTES;
      if (ahead > gateCells) break;
      walker.advance(bytes);
      if (ahead < cellsToNextLap) continue;
      low = claimLow(lap + 1, ClaimState.COMMITTED, 0);
      high = claimHigh(lap + 1);
      cellsToNextLap += capacity / CELL_BYTES; // out of reach: the tail is at most a ring ahead
    }
    return from + whole * CELL_BYTES;
  }

  /** A length that cannot be: of a record that was overwritten meanwhile, or there is damage. */
  private impossible(from: number): number {
    const { control, channel } = this.storage;
    if (control.loadFloat64Acquire(OLDEST) !== from) return from;
    throw corrupt(channel, `the record at ${this.walker.position} has an impossible length`);
  }
}
