import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import { HEADER_BYTES, commitWord, kindAndProducer, recordBytes } from '../layout/record.js';
import { CELL_BYTES, CONTROL, PRODUCER_SLOT, PRODUCER_SLOTS, RECORD, RecordKind, producerSlotOffset } from '../layout/schema.js';
import { ClaimState, claimHigh, claimLow, lapIn, lapOf, ownerIn, stateIn } from './claim-word.js';
import { BACKPRESSURE } from './codes.js';
import { checkGate, gatingPosition } from './gating.js';
import { SENT_SCRATCH, type ProducerRing } from './producer-ring.js';
import { SharedTail } from './shared-tail.js';
import { corrupt, strideOf, type RingStorage } from './storage.js';
import { RingWalker } from './walker.js';

const { commit: COMMIT, length: LENGTH, sequence: SEQUENCE, sentNs: SENT, receivedNs: RECEIVED, kind: KIND } = RECORD.at;
const OLDEST = CONTROL.at.oldest;
const { intentPosition: INTENT_POSITION, intentSequence: INTENT_SEQUENCE, intentCells: INTENT_CELLS } = PRODUCER_SLOT.at;
const { messages: MESSAGES, messageBytes: MESSAGE_BYTES } = PRODUCER_SLOT.at;
/** Attempts at one claim, without anybody's progress, after which the shared state is called damaged. */
const ATTEMPTS_MAX = 20_000;

/**
 * The ring of MPSC and MPMC channels: any number of producers, one total order, claims without locks, copies in parallel.
 * The algorithm is checked as a SPIN model (spec/); the letters below are its steps.
 *
 * ```text
 *   claim n cells at tail (t, s):
 *   a. room: t + n ≤ min(oldest, gating position) + capacity
 *   b. claim word at t already of this lap → its owner has not moved the tail: move it for him, start over
 *   c. intent (t, n, s) into the own slot          d. swap the claim word at t: (this lap, claimed, me)
 *   e. swap the tail: (t, s) → (t + n, s + 1); whoever does it first, it happens once
 *   f. header, payload, inner claim words := (lap, interior)   g. claim word at t := (lap, committed)   (release)
 * ```
 *
 * `c` before `d` makes a death attributable; the laps in all words, inner ones too, rule out that a stale `t` is claimed.
 * `g` pairs with the load in ClaimWordConsumer.ready.
 *
 * | the producer dies | what is left | who mends it |
 * | --- | --- | --- |
 * | before d | nothing | nobody needs to |
 * | between d and e | a claim that the tail does not cover | any producer (b), the repairer |
 * | between e and g | a claim that will not be committed | the repairer turns it into padding |
 * | after g | a committed record | nobody needs to |
 */
export class MultiProducerRing implements ProducerRing {
  nextSequence: number;
  claimed = false;
  waited = false;
  window: AtomicBuffer;
  payloadOffset = 0;
  private readonly storage: RingStorage;
  private readonly control: AtomicBuffer;
  private readonly claims: AtomicBuffer;
  private readonly capacity: number;
  private readonly cellMask: number;
  private readonly owner: number;
  private readonly slot: number;
  private readonly timestamps: boolean;
  private readonly kindAndProducer: number;
  private readonly tail: SharedTail;
  private readonly oldest: RingWalker;
  /** Positions below this may be written. */
  private limit = 0;
  private claimCell = 0;
  private claimCells = 0;
  private claimLength = 0;
  private lap = 0;
  private messages: number;
  private messageBytes: number;

  constructor(storage: RingStorage, slot: number, timestamps: boolean) {
    this.storage = storage;
    this.control = storage.control;
    this.claims = storage.claims;
    this.capacity = storage.capacity;
    this.cellMask = storage.capacity / CELL_BYTES - 1;
    this.owner = slot;
    this.slot = producerSlotOffset(slot);
    this.timestamps = timestamps;
    this.kindAndProducer = kindAndProducer(timestamps ? RecordKind.STAMPED : RecordKind.DATA, slot);
    this.tail = new SharedTail(storage);
    this.nextSequence = this.tail.sequence;
    this.window = storage.windows[0]!;
    this.oldest = new RingWalker(storage, this.control.getFloat64(OLDEST));
    this.messages = this.control.getFloat64(this.slot + MESSAGES);
    this.messageBytes = this.control.getFloat64(this.slot + MESSAGE_BYTES);
  }

  tailPosition(): number {
    this.tail.load();
    return this.tail.position;
  }

  tryClaim(length: number): boolean {
    const bytes = recordBytes(length);
    if (!this.claimCellsAtTail(bytes)) return false;
    this.enterWindow(this.tail.position);
    const { window, payloadOffset } = this;
    const offset = payloadOffset - HEADER_BYTES;
    const sequence = this.tail.sequence;
    window.putInt32(offset + COMMIT, commitWord(sequence));
    window.putInt32(offset + LENGTH, length);
    window.putFloat64(offset + SEQUENCE, sequence);
    window.putFloat64(offset + KIND, this.kindAndProducer);
    if (this.timestamps) this.stamp(window, offset);
    this.nextSequence = sequence;
    this.claimLength = length;
    this.claimed = true;
    return true;
  }

  commit(): number {
    const { control, slot } = this;
    this.publish();
    this.messages += 1;
    this.messageBytes += this.claimLength;
    control.putFloat64(slot + MESSAGES, this.messages);
    control.putFloat64(slot + MESSAGE_BYTES, this.messageBytes);
    return this.nextSequence++;
  }

  abort(): void {
    this.window.putInt32(this.payloadOffset - HEADER_BYTES + KIND, RecordKind.ABORTED);
    this.publish();
  }

  tryWrite(message: Uint8Array): number {
    if (!this.tryClaim(message.length)) return BACKPRESSURE;
    this.window.putBytes(this.payloadOffset, message);
    return this.commit();
  }

  /** Steps a to e. On success `tail` still holds what the claim was made from. */
  private claimCellsAtTail(bytes: number): boolean {
    const { tail, claims, control, slot, capacity } = this;
    const cells = bytes / CELL_BYTES;
    let seen = -1;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      tail.load();
      const position = tail.position;
      if (position !== seen) attempt = 0;
      seen = position;
      if (position + bytes > this.limit) {
        if (!this.makeRoom(position, bytes)) return false;
        continue;
      }
      const cell = tail.low & this.cellMask;
      const lap = lapOf(position, capacity);
      const low = claims.loadAcquire(cell * 8);
      const high = claims.loadAcquire(cell * 8 + 4);
      const lapThere = lapIn(low, high);
      if (lapThere >= lap) {
        if (lapThere === lap) this.finishForOwner(cell, low, high);
        continue;
      }
      control.putFloat64(slot + INTENT_POSITION, position);
      control.putFloat64(slot + INTENT_SEQUENCE, tail.sequence);
      control.storeRelease(slot + INTENT_CELLS, cells);
      if (!claims.compareAndSwap64(cell * 8, low, high, claimLow(lap, ClaimState.CLAIMED, this.owner), claimHigh(lap))) {
        continue;
      }
      tail.advance(cells);
      this.claimCell = cell;
      this.claimCells = cells;
      this.lap = lap;
      return true;
    }
    throw corrupt(this.storage.channel, `the cell at the tail ${tail.position} can never be claimed`);
  }

  /** Step b: the tail cell is claimed or committed in this lap, but the tail has not moved over it. */
  private finishForOwner(cell: number, low: number, high: number): void {
    const { tail, claims, control, storage } = this;
    const state = stateIn(low);
    let cells = 0;
    if (state === ClaimState.CLAIMED) {
      const owner = producerSlotOffset(Math.min(ownerIn(low), PRODUCER_SLOTS - 1));
      cells = control.loadAcquire(owner + INTENT_CELLS);
      const position = control.loadFloat64Acquire(owner + INTENT_POSITION);
      if (position !== tail.position) return;
    } else if (state === ClaimState.COMMITTED) {
      cells = new RingWalker(storage, tail.position).recordBytes() / CELL_BYTES;
    } else {
      return;
    }
    // Still the same claim: then what was just read about it is its own.
    if (claims.loadVolatile(cell * 8) !== low || claims.loadVolatile(cell * 8 + 4) !== high) return;
    if (cells < 1 || cells > recordBytes(storage.messageSizeMax) / CELL_BYTES) {
      throw corrupt(storage.channel, `the claim at ${tail.position} has a length of ${cells} cells`);
    }
    tail.advance(cells);
  }

  /** Inner claim words, then step g. */
  private publish(): void {
    const { claims, claimCell, cellMask, lap } = this;
    const inner = claimLow(lap, ClaimState.INTERIOR, this.owner);
    const high = claimHigh(lap);
    const end = claimCell + this.claimCells;
    for (let cell = claimCell + 1; cell < end && cell <= cellMask; cell++) {
      claims.putInt32(cell * 8, inner);
      claims.putInt32(cell * 8 + 4, high);
    }
    if (end > cellMask + 1) this.markWrapped(end - cellMask - 1);
    claims.storeRelease(claimCell * 8, claimLow(lap, ClaimState.COMMITTED, this.owner));
    this.claimed = false;
  }

  /** Inner cells beyond the end of the ring belong to the next lap. */
  private markWrapped(cells: number): void {
    const inner = claimLow(this.lap + 1, ClaimState.INTERIOR, this.owner);
    const high = claimHigh(this.lap + 1);
    for (let cell = 0; cell < cells; cell++) {
      this.claims.putInt32(cell * 8, inner);
      this.claims.putInt32(cell * 8 + 4, high);
    }
  }

  private enterWindow(position: number): void {
    const { storage } = this;
    const inRing = (this.tail.low & this.cellMask) * CELL_BYTES;
    if (storage.windows.length === 1) {
      this.payloadOffset = inRing + HEADER_BYTES;
      return;
    }
    const walker = new RingWalker(storage, position);
    this.window = walker.window;
    this.payloadOffset = walker.payloadOffset;
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

  /** Step a when short: gives up history, looks at the cursors; true when `bytes` fit at `tail` now. */
  private makeRoom(tail: number, bytes: number): boolean {
    const { storage, control, capacity } = this;
    const needed = tail + bytes - capacity;
    if (control.loadFloat64Acquire(OLDEST) < needed) this.forget(needed + strideOf(capacity));
    const oldest = control.loadFloat64Acquire(OLDEST);
    this.limit = Math.min(oldest, gatingPosition(storage)) + capacity;
    return tail + bytes <= this.limit;
  }

  /** Moves `oldest` over whole committed records, to `target` or beyond, but not past the gating position. */
  private forget(target: number): void {
    const { storage, control, claims, capacity } = this;
    let gate = gatingPosition(storage);
    this.tail.load();
    checkGate(storage, gate, this.tail.position);
    gate = Math.min(gate, this.tail.position);
    const from = control.loadFloat64Acquire(OLDEST);
    const walker = this.oldest;
    walker.moveTo(from);
    while (walker.position < target) {
      const { cell } = walker;
      const low = claims.loadAcquire(cell * 8);
      const lap = lapIn(low, claims.loadAcquire(cell * 8 + 4));
      const bytes = walker.recordBytes();
      if (stateIn(low) !== ClaimState.COMMITTED || lap !== lapOf(walker.position, capacity)) break;
      if (bytes === 0) {
        if (control.loadFloat64Acquire(OLDEST) !== from) return;
        throw corrupt(storage.channel, `the record at ${walker.position} has an impossible length`);
      }
      if (walker.position + bytes > gate) break;
      walker.advance(bytes);
    }
    // A swap, and a full fence: somebody else may have moved it meanwhile, which is as good.
    if (walker.position > from) control.compareAndSwapFloat64(OLDEST, from, walker.position);
  }
}
