import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import { HEADER_BYTES, commitWord, kindAndProducer, recordBytes } from '../layout/record.js';
import { CELL_BYTES, CONTROL, RECORD, RecordKind } from '../layout/schema.js';
import { BACKPRESSURE } from './codes.js';
import { checkGate, gatingPosition } from './gating.js';
import { SENT_SCRATCH, type ProducerRing } from './producer-ring.js';
import { RecordBoundaries } from './record-boundaries.js';
import { checkWithinRing, loadOldest } from './shared-tail.js';
import { corrupt, strideOf, type RingStorage } from './storage.js';
import { RingWalker } from './walker.js';

const COMMIT = RECORD.at.commit;
const LENGTH = RECORD.at.length;
const SEQUENCE = RECORD.at.sequence;
const SENT = RECORD.at.sentNs;
const RECEIVED = RECORD.at.receivedNs;
const KIND = RECORD.at.kind;
const OLDEST = CONTROL.at.oldest;
const TAIL_POSITION = CONTROL.at.tailPosition;
// An imported binding is looked up at each use; one of this module is a constant to the compiler.
const bytesOf = recordBytes;
const wordOf = commitWord;
const HEADER = HEADER_BYTES;
const FULL = BACKPRESSURE;

/**
 * The ring of SPSC and SPMC channels: one producer, commit in band.
 *
 * ```text
 *        record n-1 (committed)      record n (being written)       free
 *   ...|commit|length|...|payload..|  0   |length|...|payload....|  ?  |...
 *                                    ^ tail                        ^ next
 *   1. room: next + one cell ≤ min(oldest, gating position) + capacity
 *   2. header and payload at tail   3. next's commit word := 0, its sequence := n + 1
 *   4. tail's commit word := f(n)   (release)   5. tailPosition := next
 * ```
 *
 * Invariant: the commit word at the tail is zero, because step 3 of the previous record (or creation) made it so. So a
 * consumer needs no tail: it polls the very word that it will read next. Step 4 pairs with `loadAcquire` in
 * InBandConsumer.ready; `tailPosition` follows it for those who join, measure or take over.
 *
 * | the producer dies | what is left | who mends it |
 * | --- | --- | --- |
 * | before step 4 | nothing visible; the tail's word is still zero | nobody needs to |
 * | after step 4, before step 5 | one committed record beyond `tailPosition` | the next producer, in `locateTail` |
 * | after `oldest` moved, before overwriting | less history than could be | nobody needs to |
 *
 * The in-band commit is the idea of Agrona's ring buffers (a length written last); clearing the next word first instead
 * of zeroing on consumption is what lets many consumers read, and map the ring read-only.
 */
export class SingleProducerRing implements ProducerRing {
  nextSequence: number;
  claimed = false;
  waited = false;
  window: AtomicBuffer;
  /** Offset of the tail inside `window`. */
  private offset: number;
  /** Position of the window's first byte in this lap: position = base + offset. */
  private base: number;
  /** Longest record that fits before the cursors must be looked at again. */
  private room = 0;
  /** The cursors are looked at, and a boundary is remembered, at least once in so many bytes. A small integer. */
  private readonly roomMax: number;
  private claimBytes = 0;
  private readonly timestamps: boolean;
  private readonly kindAndProducer: number;
  private readonly storage: RingStorage;
  private readonly control: AtomicBuffer;
  private readonly windowBytes: number;
  private readonly oldest: RingWalker;
  private readonly tail: RingWalker;
  private readonly boundaries = new RecordBoundaries();

  /** `position` and `sequence` are the true tail, from `locateTail`: the caller holds the producer's token. */
  constructor(storage: RingStorage, position: number, sequence: number, timestamps: boolean) {
    this.storage = storage;
    this.control = storage.control;
    this.windowBytes = storage.windowBytes;
    this.roomMax = Math.max(strideOf(storage.capacity), bytesOf(storage.messageSizeMax));
    this.tail = new RingWalker(storage, position);
    this.window = this.tail.window;
    this.offset = this.tail.offset;
    this.base = position - this.tail.offset;
    this.nextSequence = sequence;
    this.timestamps = timestamps;
    this.kindAndProducer = kindAndProducer(timestamps ? RecordKind.STAMPED : RecordKind.DATA, 0);
    const oldest = loadOldest(storage);
    // Again, as `locateTail` did: it is from this one that history will be walked over, however far back it is.
    checkWithinRing(storage, oldest, position);
    this.oldest = new RingWalker(storage, oldest);
    this.control.storeFloat64Release(TAIL_POSITION, position);
  }

  get payloadOffset(): number {
    return this.offset + HEADER;
  }

  tailPosition(): number {
    return this.base + this.offset;
  }

  tryClaim(length: number): boolean {
    const bytes = bytesOf(length);
    if (bytes > this.room && !this.makeRoom(bytes)) return false;
    this.writeHeader(this.window, this.offset, length, bytes);
    this.claimBytes = bytes;
    this.claimed = true;
    return true;
  }

  commit(): number {
    this.claimed = false;
    return this.publish(this.window, this.offset, this.claimBytes);
  }

  abort(): void {
    this.claimed = false;
  }

  tryWrite(message: Uint8Array): number {
    const { length } = message;
    const bytes = bytesOf(length);
    if (bytes > this.room && !this.makeRoom(bytes)) return FULL;
    const { window, offset } = this;
    this.writeHeader(window, offset, length, bytes);
    window.putBytes(offset + HEADER, message);
    return this.publish(window, offset, bytes);
  }

  private writeHeader(window: AtomicBuffer, offset: number, length: number, bytes: number): void {
    window.putInt32(offset + LENGTH, length);
    window.putFloat64(offset + KIND, this.kindAndProducer);
    if (this.timestamps) this.stamp(window, offset, bytes);
  }

  /** Steps 3 to 5. */
  private publish(window: AtomicBuffer, offset: number, bytes: number): number {
    const sequence = this.nextSequence;
    const next = (offset + bytes) | 0;
    window.putInt32(next + COMMIT, 0);
    window.putFloat64(next + SEQUENCE, sequence + 1);
    window.storeRelease(offset + COMMIT, wordOf(sequence));
    this.control.storeFloat64Release(TAIL_POSITION, this.base + next);
    this.offset = next;
    this.room = (this.room - bytes) | 0;
    this.nextSequence = sequence + 1;
    if (next >= this.windowBytes) this.nextWindow();
    return sequence;
  }

  private stamp(window: AtomicBuffer, offset: number, bytes: number): void {
    if (!this.waited) {
      // The next header's line, which will be cleared, as well.
      window.stampTwice(offset + SENT, offset + RECEIVED, bytes + CELL_BYTES);
      return;
    }
    const { scratch } = this.storage;
    window.putInt32(offset + SENT, scratch.getInt32(SENT_SCRATCH));
    window.putInt32(offset + SENT + 4, scratch.getInt32(SENT_SCRATCH + 4));
    window.stamp(offset + RECEIVED);
  }

  private nextWindow(): void {
    const { tail } = this;
    tail.moveTo(this.base + this.offset);
    this.window = tail.window;
    this.offset = tail.offset;
    this.base = tail.position - tail.offset;
  }

  /** Gives up history and looks at the cursors; true when a record of `bytes` fits now. */
  private makeRoom(bytes: number): boolean {
    const { storage, control, oldest, boundaries } = this;
    const { capacity } = storage;
    const tail = this.base + this.offset;
    const needed = tail + bytes + CELL_BYTES - capacity;
    boundaries.add(tail);
    if (oldest.position < needed) {
      const gate = gatingPosition(storage);
      checkGate(storage, gate, tail);
      const last = Math.min(gate, tail);
      // One that is further on than boundaries lie apart: those before it are another producer's, or forgotten.
      const remembered = boundaries.takeFrom(needed);
      const moved =
        remembered <= Math.min(last, needed + this.roomMax)
          ? this.moveOldest(remembered)
          : this.walkOldest(needed + strideOf(capacity), last);
      if (moved) {
        control.storeFloat64Release(OLDEST, oldest.position);
        control.fence();
      }
    }
    const limit = Math.min(oldest.position, gatingPosition(storage)) + capacity;
    this.room = Math.min(limit - tail - CELL_BYTES, this.roomMax) | 0;
    return bytes <= this.room;
  }

  private moveOldest(position: number): boolean {
    this.oldest.moveTo(position);
    return true;
  }

  /**
   * Moves `oldest` over whole records until it is at `target` or beyond, but not past the gating position: when a
   * consumer stands before the next boundary that is remembered, and for what another producer has written.
   */
  private walkOldest(target: number, gate: number): boolean {
    const { oldest } = this;
    const start = oldest.position;
    while (oldest.position < target) {
      const bytes = oldest.recordBytes();
      if (bytes === 0) throw this.impossible(oldest.position);
      if (oldest.position + bytes > gate) break;
      oldest.advance(bytes);
    }
    return oldest.position > start;
  }

  private impossible(position: number): Error {
    return corrupt(this.storage.channel, `the record at ${position} has an impossible length`);
  }
}
