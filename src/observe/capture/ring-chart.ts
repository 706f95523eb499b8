import { recordBytes } from '../../layout/record.js';
import { CELL_BYTES, PRODUCER_SLOT, PRODUCER_SLOTS, producerSlotOffset } from '../../layout/schema.js';
import { ClaimState, lapIn, lapOf, ownerIn, stateIn } from '../../ring/claim-word.js';
import { receivedNs, RingHistory } from '../../ring/join.js';
import type { Place } from '../../ring/record-consumer.js';
import { loadOldest } from '../../ring/shared-tail.js';
import { corrupt, type RingStorage } from '../../ring/storage.js';
import { RingWalker } from '../../ring/walker.js';

const { intentTail: INTENT_TAIL, intentCells: INTENT_CELLS } = PRODUCER_SLOT.at;
/** Looks at a claim that is committed, or repaired, in the same moment. */
const ATTEMPTS_MAX = 1000;

/** A stretch of whole records, which goes on to where the next one begins. */
export interface Piece extends Place {
  /** When its first record was received, ns since the epoch; 0: it does not say. */
  readonly firstNs: number;
}

export interface ChartedClaim {
  readonly position: number;
  readonly slot: number;
}

/**
 * Where records begin in a ring, some of them, from the oldest to the tail: found by walking over their headers, from
 * outside and without storing anything. It also walks over claims that are still open: their owners' slots say how long
 * they are. When producers overtake the walk it goes on at the oldest record.
 */
export class RingChart {
  /** In order. */
  pieces: Piece[] = [];
  openClaims: ChartedClaim[] = [];
  /** The oldest record when it began. */
  readonly begun: Place;
  private readonly storage: RingStorage;
  private readonly history: RingHistory;
  private readonly walker: RingWalker;
  private readonly pieceBytes: number;
  private sequence: number;

  constructor(storage: RingStorage, pieceBytes: number) {
    this.storage = storage;
    this.pieceBytes = pieceBytes;
    this.history = new RingHistory(storage);
    this.begun = this.history.oldest();
    this.walker = new RingWalker(storage, this.begun.position);
    this.sequence = this.begun.sequence;
  }

  /** Where the channel ends now. */
  tail(): Place {
    return this.history.tail();
  }

  /**
   * Walks on to a tail. Has walked further when that was overwritten meanwhile.
   *
   * @throws BusError `ERR_CORRUPT` when no chain of records leads there
   */
  walkTo(tail: Place): void {
    const { walker, storage } = this;
    while (walker.position < tail.position) {
      const open: ChartedClaim[] = [];
      const bytes = this.bytesHere(open);
      // what stands in an open claim may be of the lap before
      const firstNs = open.length === 0 && this.isPieceBegun() ? receivedNs(walker) : 0;
      storage.control.loadFence();
      if (loadOldest(storage) > walker.position) {
        this.goOnAtOldest();
        continue;
      }
      if (bytes === 0) throw corrupt(storage.channel, `no record of the channel stands at ${walker.position}`);
      if (this.isPieceBegun()) this.pieces.push({ position: walker.position, sequence: this.sequence, firstNs });
      this.openClaims.push(...open);
      walker.advance(bytes);
      this.sequence += 1;
    }
    if (walker.position === tail.position && this.sequence !== tail.sequence) {
      throw corrupt(
        storage.channel,
        `its tail has sequence ${tail.sequence}, and the records lead to ${this.sequence}`,
      );
    }
  }

  private isPieceBegun(): boolean {
    const last = this.pieces.at(-1);
    return last === undefined || this.walker.position - last.position >= this.pieceBytes;
  }

  private goOnAtOldest(): void {
    const oldest = this.history.oldest();
    this.walker.moveTo(oldest.position);
    this.sequence = oldest.sequence;
    this.pieces = [];
    this.openClaims = [];
  }

  /** Whole bytes of the record or open claim at the walker; 0: neither stands there. */
  private bytesHere(open: ChartedClaim[]): number {
    const { storage, walker } = this;
    const { claims, control, capacity } = storage;
    if (claims.byteLength === 0) return walker.recordBytes();
    const word = walker.cell * 8;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const low = claims.loadVolatile(word);
      if (lapIn(low, claims.loadVolatile(word + 4)) !== lapOf(walker.position, capacity)) return 0;
      if (stateIn(low) === ClaimState.COMMITTED) return walker.recordBytes();
      const slot = ownerIn(low);
      if (stateIn(low) !== ClaimState.CLAIMED || slot >= PRODUCER_SLOTS) return 0;
      const tail = control.loadVolatile(producerSlotOffset(slot) + INTENT_TAIL);
      const cells = control.loadVolatile(producerSlotOffset(slot) + INTENT_CELLS);
      // while the claim is open, the intent is that of the claim
      if (claims.loadVolatile(word) !== low) continue;
      const isOfClaim = tail >>> 0 === (walker.position / CELL_BYTES) >>> 0;
      if (!isOfClaim || cells < 1 || cells > recordBytes(storage.messageSizeMax) / CELL_BYTES) return 0;
      open.push({ position: walker.position, slot });
      return cells * CELL_BYTES;
    }
    return 0;
  }
}
