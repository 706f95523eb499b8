import { CONTROL } from '../layout/schema.js';
import { isCommittedAt } from './claim-word.js';
import { checkGate, gatingPosition } from './gating.js';
import { checkPosition, type SharedTail } from './shared-tail.js';
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
    const from = control.loadFloat64Acquire(OLDEST);
    if (from >= needed) return;
    const gate = gatingPosition(storage);
    this.tail.load();
    checkGate(storage, gate, this.tail.position);
    checkPosition(storage, from, 'oldest');
    const to = this.reach(from, needed + strideOf(capacity), Math.min(gate, this.tail.position));
    // A swap, and a full fence: somebody else may have moved it meanwhile, which is as good.
    if (to > from) control.compareAndSwapFloat64(OLDEST, from, to);
  }

  /**
   * Walks from `from` to `target` or a little beyond, over committed records that end before `gate`, and answers where the
   * last committed one on the way starts: the sequence in its header is what those who join there begin with.
   */
  private reach(from: number, target: number, gate: number): number {
    const { storage, walker } = this;
    let whole = from;
    walker.moveTo(from);
    while (isCommittedAt(storage, walker)) {
      whole = walker.position;
      if (whole >= target) break;
      const bytes = walker.recordBytes();
      if (bytes === 0) {
        if (storage.control.loadFloat64Acquire(OLDEST) !== from) return from;
        throw corrupt(storage.channel, `the record at ${whole} has an impossible length`);
      }
      if (whole + bytes > gate) break;
      walker.advance(bytes);
    }
    return whole;
  }
}
