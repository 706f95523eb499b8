import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import { HEADER_BYTES, commitWord, kindAndProducer, recordBytes } from '../layout/record.js';
import {
  CELL_BYTES,
  CONTROL,
  PRODUCER_SLOT,
  PRODUCER_SLOTS,
  RECORD,
  RecordKind,
  producerSlotOffset,
} from '../layout/schema.js';
import { ClaimState, claimHigh, claimLow, lapOf, ownerIn, stateIn } from './claim-word.js';
import { BACKPRESSURE } from './codes.js';
import { gatingPosition } from './gating.js';
import { SENT_SCRATCH, type ProducerRing } from './producer-ring.js';
import { SharedOldest } from './shared-oldest.js';
import { SharedTail, loadOldest } from './shared-tail.js';
import { corrupt, type RingStorage } from './storage.js';
import { RingWalker } from './walker.js';

const {
  commit: COMMIT,
  length: LENGTH,
  sequence: SEQUENCE,
  sentNs: SENT,
  receivedNs: RECEIVED,
  kind: KIND,
} = RECORD.at;
const { tail: TAIL, oldest: OLDEST } = CONTROL.at;
const {
  intentTail: INTENT_TAIL,
  intentCells: INTENT_CELLS,
  messages: MESSAGES,
  messageBytes: MESSAGE_BYTES,
} = PRODUCER_SLOT.at;
/** Attempts at one claim, without anybody's progress, after which the shared state is called damaged. */
const ATTEMPTS_MAX = 20_000;
// An imported binding is looked up at each use; one of this module is a constant to the compiler.
const { CLAIMED, COMMITTED, INTERIOR } = ClaimState;
const bytesOf = recordBytes;
const wordOf = commitWord;
const HEADER = HEADER_BYTES;
const FULL = BACKPRESSURE;

/**
 * The ring of MPSC and MPMC channels: any number of producers, one total order, claims without locks, copies in parallel.
 * The algorithm is checked as a model, exhaustively (spec/); the letters below are its steps.
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
 * | between d and e | a claim that the tail does not cover | the next producer moves the tail (b); then as below |
 * | between e and g | a claim that will not be committed | who waits for it: consumers, producers a ring later (repair.ts) |
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
  private readonly history: SharedOldest;
  private readonly place: RingWalker;
  // On the hot path positions are counted in cells, of which the low 32 bits are kept: differences inside a ring fit.
  // What that loses is renewed from full-width positions whenever `oldest` has moved, which it does 16 times a lap.
  /** The bytes of `oldest`, as they were when the rest was renewed. */
  private oldestLow = 0;
  private oldestHigh = 0;
  /** End of the room, in cells, and in bytes. */
  private limitCells = 0;
  private limit = 0;
  /** First cell of the lap whose claim words are made of `lapLow` (22 bits) and `lapHigh`. */
  private lapStart = 0;
  private lapLow = 0;
  private lapHigh = 0;
  /** Cell in the ring and length in cells of the open claim. */
  private claimCell = 0;
  private claimCells = 0;
  private claimLength = 0;
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
    this.history = new SharedOldest(storage, this.tail);
    this.place = new RingWalker(storage, 0);
    this.messages = this.control.getFloat64(this.slot + MESSAGES);
    this.messageBytes = this.control.getFloat64(this.slot + MESSAGE_BYTES);
    this.renew();
  }

  tailPosition(): number {
    this.tail.load();
    return this.tail.position;
  }

  tryClaim(length: number): boolean {
    if (!this.claimAtTail(bytesOf(length) >> 6)) return false;
    this.writeHeader(length);
    this.claimLength = length;
    this.claimed = true;
    return true;
  }

  commit(): number {
    const { control, slot } = this;
    this.claimed = false;
    this.publish();
    this.messages += 1;
    this.messageBytes += this.claimLength;
    control.putFloat64(slot + MESSAGES, this.messages);
    control.putFloat64(slot + MESSAGE_BYTES, this.messageBytes);
    return this.nextSequence++;
  }

  abort(): void {
    this.claimed = false;
    this.window.putInt32(this.payloadOffset - HEADER + KIND, RecordKind.ABORTED);
    this.publish();
  }

  tryWrite(message: Uint8Array): number {
    if (!this.tryClaim(message.length)) return FULL;
    this.window.putBytes(this.payloadOffset, message);
    return this.commit();
  }

  /** Steps a to e. On success `claimCell`, `claimCells` and `nextSequence` say what was claimed. */
  private claimAtTail(cells: number): boolean {
    const { claims, control, slot, cellMask } = this;
    let seen = 0;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      // The low half first: if a claim made at it succeeds, the tail had not moved, and the high half belongs to it.
      const tail = control.loadAcquire(TAIL);
      const sequence = control.loadAcquire(TAIL + 4);
      if (tail !== seen) attempt = 0;
      seen = tail;
      if (control.loadAcquire(OLDEST) !== this.oldestLow || control.loadAcquire(OLDEST + 4) !== this.oldestHigh)
        this.renew();
      if (((this.limitCells - tail) | 0) < cells) {
        if (!this.makeRoom(cells)) return false;
        continue;
      }
      const cell = tail & cellMask;
      if (((tail - cell) | 0) !== this.lapStart) {
        this.renew();
        if (((tail - cell) | 0) !== this.lapStart) continue;
      }
      const low = claims.loadAcquire(cell << 3);
      const high = claims.loadAcquire((cell << 3) + 4);
      if (high >= this.lapHigh && (high > this.lapHigh || low >>> 10 >= this.lapLow)) {
        if (high === this.lapHigh && low >>> 10 === this.lapLow) this.finishForOwner(tail, sequence, low, high);
        continue;
      }
      control.putInt32(slot + INTENT_TAIL, tail);
      control.putInt32(slot + INTENT_TAIL + 4, sequence);
      control.storeRelease(slot + INTENT_CELLS, cells);
      const mine = (this.lapLow << 10) | (this.owner << 2) | CLAIMED;
      if (!claims.compareAndSwap64(cell << 3, low, high, mine, this.lapHigh)) continue;
      control.compareAndSwap64(TAIL, tail, sequence, (tail + cells) | 0, (sequence + 1) | 0);
      this.claimCell = cell;
      this.claimCells = cells;
      this.nextSequence += (sequence - (this.nextSequence | 0)) >>> 0;
      return true;
    }
    throw corrupt(this.storage.channel, `the cell at the tail ${this.tail.position} can never be claimed`);
  }

  /** Step b: the tail cell is claimed or committed in this lap, but the tail has not moved over it. */
  private finishForOwner(tail: number, sequence: number, low: number, high: number): void {
    const { claims, control, storage } = this;
    const word = (tail & this.cellMask) << 3;
    const state = stateIn(low);
    let cells = 0;
    if (state === CLAIMED) {
      const owner = producerSlotOffset(Math.min(ownerIn(low), PRODUCER_SLOTS - 1));
      cells = control.loadAcquire(owner + INTENT_CELLS);
      if (
        control.loadAcquire(owner + INTENT_TAIL) !== tail ||
        control.loadAcquire(owner + INTENT_TAIL + 4) !== sequence
      )
        return;
    } else if (state === COMMITTED) {
      // In full width, to find the record; when the tail has moved on, somebody was faster.
      this.tail.load();
      if (this.tail.low !== tail || this.tail.high !== sequence) return;
      this.place.moveTo(this.tail.position);
      cells = this.place.recordBytes() / CELL_BYTES;
    } else {
      return;
    }
    // Still the same claim: then what was just read about it is its own.
    if (claims.loadVolatile(word) !== low || claims.loadVolatile(word + 4) !== high) return;
    if (cells < 1 || cells > bytesOf(storage.messageSizeMax) / CELL_BYTES) {
      throw corrupt(storage.channel, `the claim at the tail, cell ${tail >>> 0}, has a length of ${cells} cells`);
    }
    control.compareAndSwap64(TAIL, tail, sequence, (tail + cells) | 0, (sequence + 1) | 0);
  }

  private writeHeader(length: number): void {
    if (this.storage.windows.length > 1) this.enterWindow();
    else this.payloadOffset = this.claimCell * CELL_BYTES + HEADER;
    const { window, payloadOffset } = this;
    const offset = payloadOffset - HEADER;
    window.putInt32(offset + COMMIT, wordOf(this.nextSequence));
    window.putInt32(offset + LENGTH, length);
    window.putFloat64(offset + SEQUENCE, this.nextSequence);
    window.putFloat64(offset + KIND, this.kindAndProducer);
    if (this.timestamps) this.stamp(window, offset);
  }

  /** Inner claim words, then step g. */
  private publish(): void {
    const { claims, claimCell, cellMask, owner } = this;
    const inner = (this.lapLow << 10) | (owner << 2) | INTERIOR;
    const end = claimCell + this.claimCells;
    for (let cell = claimCell + 1; cell < end && cell <= cellMask; cell++) {
      claims.putInt32(cell << 3, inner);
      claims.putInt32((cell << 3) + 4, this.lapHigh);
    }
    if (end > cellMask + 1) this.markWrapped(end - cellMask - 1);
    claims.storeRelease(claimCell << 3, (this.lapLow << 10) | (owner << 2) | COMMITTED);
  }

  /** Inner cells beyond the end of the ring belong to the next lap. */
  private markWrapped(cells: number): void {
    const lap = this.lapHigh * 2 ** 22 + this.lapLow + 1;
    const inner = claimLow(lap, INTERIOR, this.owner);
    const high = claimHigh(lap);
    for (let cell = 0; cell < cells; cell++) {
      this.claims.putInt32(cell << 3, inner);
      this.claims.putInt32((cell << 3) + 4, high);
    }
  }

  private enterWindow(): void {
    this.place.moveTo(this.claimCell * CELL_BYTES);
    this.window = this.place.window;
    this.payloadOffset = this.place.payloadOffset;
  }

  private stamp(window: AtomicBuffer, offset: number): void {
    if (!this.waited) {
      window.stampTwice(offset + SENT, offset + RECEIVED, this.claimCells * CELL_BYTES);
      return;
    }
    const { scratch } = this.storage;
    window.putInt32(offset + SENT, scratch.getInt32(SENT_SCRATCH));
    window.putInt32(offset + SENT + 4, scratch.getInt32(SENT_SCRATCH + 4));
    window.stamp(offset + RECEIVED);
  }

  /** Brings what is counted in 32 bits in line with the full-width tail. */
  private renew(): void {
    const { tail, control, capacity } = this;
    this.oldestLow = control.loadAcquire(OLDEST);
    this.oldestHigh = control.loadAcquire(OLDEST + 4);
    tail.load();
    // Below the tail by more than a ring it would look like room again.
    if (this.limit < tail.position) this.limit = tail.position;
    this.limitCells = (this.limit / CELL_BYTES) | 0;
    const lap = lapOf(tail.position, capacity);
    this.lapStart = (tail.low - (tail.low & this.cellMask)) | 0;
    this.lapLow = claimLow(lap, 0, 0) >>> 10;
    this.lapHigh = claimHigh(lap);
    this.nextSequence = tail.sequence;
  }

  /** Step a when short: gives up history, looks at the cursors; true when that many cells fit at the tail now. */
  private makeRoom(cells: number): boolean {
    const { storage, capacity, tail } = this;
    tail.load();
    const end = tail.position + cells * CELL_BYTES;
    this.history.giveUp(end - capacity);
    const oldest = loadOldest(storage);
    this.limit = Math.min(oldest, gatingPosition(storage)) + capacity;
    this.renew();
    return end <= this.limit;
  }
}
