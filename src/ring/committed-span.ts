import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import { commitWord, recordBytes } from '../layout/record.js';
import { RECORD, RecordKind } from '../layout/schema.js';
import { ClaimState, claimHigh, claimLow, isCommitted, lapOf } from './claim-word.js';
import type { Place } from './record-consumer.js';
import { corrupt, type RingStorage } from './storage.js';
import { RingWalker } from './walker.js';

const { length: LENGTH, kind: KIND, receivedNs: RECEIVED } = RECORD.at;

/**
 * Committed records that stand one behind the other in memory, for whoever takes them as they are: only headers are
 * looked at. One object is reused.
 */
export class CommittedSpan implements Place {
  position = 0;
  sequence = 0;
  /** How many records, and bytes with their headers. */
  count = 0;
  bytes = 0;
  /** Where the first one stands. */
  window: AtomicBuffer;
  offset = 0;
  /** When the first and the last of them were received, ns since the epoch; 0n when none has timestamps. */
  firstNs = 0n;
  lastNs = 0n;
  private firstStamped = -1;
  private lastStamped = -1;
  private readonly storage: RingStorage;
  private readonly walker: RingWalker;

  constructor(storage: RingStorage) {
    this.storage = storage;
    this.walker = new RingWalker(storage, 0);
    this.window = storage.windows[0]!;
  }

  /**
   * Finds those from a place on, up to `limitBytes`, or one that has more by itself; false when there is none. In a ring in
   * which they can be overwritten meanwhile, what was found counts only if `oldest` is not past the place afterwards.
   *
   * @throws BusError `ERR_CORRUPT`, unless `isOverwritten` says why a length cannot be
   */
  measure(from: Place, limitBytes: number, isOverwritten: () => boolean): boolean {
    const { walker, storage } = this;
    walker.moveTo(from.position);
    this.position = from.position;
    this.sequence = from.sequence;
    this.window = walker.window;
    this.offset = walker.offset;
    this.count = 0;
    this.bytes = 0;
    this.firstStamped = -1;
    this.lastStamped = -1;
    // What goes on in the next window, or from the start of the ring, is not contiguous in this one.
    while (walker.window === this.window && walker.offset === this.offset + this.bytes && this.isCommitted()) {
      const length = walker.window.getInt32(walker.offset + LENGTH);
      if (length <= 0 || length > storage.messageSizeMax) {
        if (isOverwritten()) return false;
        throw this.impossible(length);
      }
      const bytes = recordBytes(length);
      if (this.count > 0 && this.bytes + bytes > limitBytes) break;
      if (walker.window.getInt32(walker.offset + KIND) === RecordKind.STAMPED) this.noteStamp(walker.offset + RECEIVED);
      this.bytes += bytes;
      this.count += 1;
      walker.advance(bytes);
    }
    this.firstNs = this.stampAt(this.firstStamped);
    this.lastNs = this.stampAt(this.lastStamped);
    return this.count > 0;
  }

  private noteStamp(offset: number): void {
    if (this.firstStamped < 0) this.firstStamped = offset;
    this.lastStamped = offset;
  }

  private stampAt(offset: number): bigint {
    return offset < 0 ? 0n : this.window.view.getBigUint64(offset, true);
  }

  private isCommitted(): boolean {
    const { walker, storage } = this;
    if (storage.claims.byteLength === 0)
      return walker.window.loadVolatile(walker.offset) === commitWord(this.sequence + this.count);
    const lap = lapOf(walker.position, storage.capacity);
    return isCommitted(storage.claims, walker.cell, claimLow(lap, ClaimState.COMMITTED, 0), claimHigh(lap));
  }

  private impossible(length: number): Error {
    const sequence = this.sequence + this.count;
    return corrupt(this.storage.channel, `record ${sequence} at position ${this.walker.position} has length ${length}`);
  }
}
