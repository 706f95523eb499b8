import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import { commitWord, highHalf, recordBytes, HEADER_BYTES } from '../layout/record.js';
import { CELL_BYTES, CONTROL, PRODUCER_SLOT, RECORD, RecordKind, producerSlotOffset } from '../layout/schema.js';
import { BACKPRESSURE } from './codes.js';
import { checkGate, gatingPosition } from './gating.js';
import { SENT_SCRATCH, type ProducerRing } from './producer-ring.js';
import { corrupt, strideOf, type RingStorage } from './storage.js';
import { RingWalker } from './walker.js';

const COMMIT = RECORD.at.commit;
const LENGTH = RECORD.at.length;
const SEQUENCE = RECORD.at.sequence;
const SENT = RECORD.at.sentNs;
const RECEIVED = RECORD.at.receivedNs;
const KIND = RECORD.at.kind;
const PRODUCER = RECORD.at.producer;
const OLDEST = CONTROL.at.oldest;
const TAIL_SEQUENCE = CONTROL.at.tailSequence;
const TAIL_POSITION = CONTROL.at.tailPosition;
const MESSAGES = producerSlotOffset(0) + PRODUCER_SLOT.at.messages;
const MESSAGE_BYTES = producerSlotOffset(0) + PRODUCER_SLOT.at.messageBytes;

/**
 * The ring of SPSC and SPMC channels: one producer, commit in band.
 *
 * ```text
 *        record n-1 (committed)      record n (being written)       free
 *   ...|commit|length|...|payload..|  0   |length|...|payload....|  ?  |...
 *                                    ^ tail                        ^ next
 *   1. room: next + one cell ≤ min(oldest, gating position) + capacity
 *   2. header and payload at tail   3. next's commit word := 0   4. tail's commit word := f(n)   (release)
 * ```
 *
 * Invariant: the commit word at the tail is zero, because step 3 of the previous record (or creation) made it so. So a
 * consumer needs no tail: it polls the very word that it will read next. Step 4 pairs with `loadAcquire` in
 * InBandConsumer.poll; `tailSequence`, `tailPosition` follow it for those who join, measure or take over.
 *
 * | the producer dies | what is left | who mends it |
 * | --- | --- | --- |
 * | before step 4 | nothing visible; the tail's word is still zero | nobody needs to |
 * | after step 4, before the tail is stored | one committed record beyond `tailPosition` | the next producer, in `locateTail` |
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
  /** Bytes that may be used before the cursors must be looked at again. */
  private room = 0;
  private claimBytes = 0;
  private claimLength = 0;
  private messages: number;
  private messageBytes: number;
  private readonly timestamps: boolean;
  private readonly storage: RingStorage;
  private readonly control: AtomicBuffer;
  private readonly windowBytes: number;
  private readonly oldest: RingWalker;

  /** `position` and `sequence` are the true tail, from `locateTail`: the caller holds the producer's token. */
  constructor(storage: RingStorage, position: number, sequence: number, timestamps: boolean) {
    const tail = new RingWalker(storage, position);
    this.storage = storage;
    this.control = storage.control;
    this.windowBytes = storage.windowBytes;
    this.window = tail.window;
    this.offset = tail.offset;
    this.base = position - tail.offset;
    this.nextSequence = sequence;
    this.timestamps = timestamps;
    this.oldest = new RingWalker(storage, this.control.getFloat64(OLDEST));
    this.messages = this.control.getFloat64(MESSAGES);
    this.messageBytes = this.control.getFloat64(MESSAGE_BYTES);
    this.publishTail();
  }

  get payloadOffset(): number {
    return this.offset + HEADER_BYTES;
  }

  tailPosition(): number {
    return this.base + this.offset;
  }

  tryClaim(length: number): boolean {
    const bytes = recordBytes(length);
    if (bytes + CELL_BYTES > this.room && !this.makeRoom(bytes)) return false;
    const { window, offset } = this;
    window.putInt32(offset + LENGTH, length);
    window.putInt32(offset + SEQUENCE, this.nextSequence | 0);
    window.putInt32(offset + SEQUENCE + 4, highHalf(this.nextSequence));
    window.putInt32(offset + KIND, RecordKind.DATA);
    window.putInt32(offset + PRODUCER, 0);
    if (this.timestamps) this.stamp(window, offset);
    else this.clearStamps(window, offset);
    this.claimBytes = bytes;
    this.claimLength = length;
    this.claimed = true;
    return true;
  }

  commit(): number {
    const { window, offset, nextSequence: sequence } = this;
    const next = offset + this.claimBytes;
    window.putInt32(next + COMMIT, 0);
    window.storeRelease(offset + COMMIT, commitWord(sequence));
    this.claimed = false;
    this.offset = next;
    this.room -= this.claimBytes;
    this.nextSequence = sequence + 1;
    if (next >= this.windowBytes) this.nextWindow();
    this.publishTail();
    this.messages += 1;
    this.messageBytes += this.claimLength;
    this.control.putFloat64(MESSAGES, this.messages);
    this.control.putFloat64(MESSAGE_BYTES, this.messageBytes);
    return sequence;
  }

  abort(): void {
    this.claimed = false;
  }

  tryWrite(message: Uint8Array): number {
    if (!this.tryClaim(message.length)) return BACKPRESSURE;
    this.window.putBytes(this.offset + HEADER_BYTES, message);
    return this.commit();
  }

  private publishTail(): void {
    this.control.putFloat64(TAIL_SEQUENCE, this.nextSequence);
    this.control.storeFloat64Release(TAIL_POSITION, this.base + this.offset);
  }

  private stamp(window: AtomicBuffer, offset: number): void {
    if (!this.waited) {
      window.stampTwice(offset + SENT, offset + RECEIVED);
      return;
    }
    const { scratch } = this.storage;
    window.putInt32(offset + SENT, scratch.getInt32(SENT_SCRATCH));
    window.putInt32(offset + SENT + 4, scratch.getInt32(SENT_SCRATCH + 4));
    window.stamp(offset + RECEIVED);
  }

  private clearStamps(window: AtomicBuffer, offset: number): void {
    window.putFloat64(offset + SENT, 0);
    window.putFloat64(offset + RECEIVED, 0);
  }

  private nextWindow(): void {
    const tail = new RingWalker(this.storage, this.base + this.offset);
    this.window = tail.window;
    this.offset = tail.offset;
    this.base = tail.position - tail.offset;
  }

  /** Gives up history and looks at the cursors; true when a record of `bytes` fits now. */
  private makeRoom(bytes: number): boolean {
    const { storage, control, oldest } = this;
    const { capacity } = storage;
    const tail = this.base + this.offset;
    const needed = tail + bytes + CELL_BYTES - capacity;
    if (oldest.position < needed) {
      const gate = gatingPosition(storage);
      checkGate(storage, gate, tail);
      this.forget(needed + strideOf(capacity), Math.min(gate, tail));
      control.storeFloat64Release(OLDEST, oldest.position);
      control.fence();
    }
    const limit = Math.min(oldest.position, gatingPosition(storage)) + capacity;
    this.room = limit - tail;
    return bytes + CELL_BYTES <= this.room;
  }

  /** Moves `oldest` over whole records until it is at `target` or beyond, but not past the gating position. */
  private forget(target: number, gate: number): void {
    const { oldest } = this;
    while (oldest.position < target) {
      const bytes = oldest.recordBytes();
      if (bytes === 0) throw corrupt(this.storage.channel, `the record at ${oldest.position} has an impossible length`);
      if (oldest.position + bytes > gate) return;
      oldest.advance(bytes);
    }
  }
}
