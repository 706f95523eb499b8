import { commitWord, kindAndProducer, messageLengthOf, recordBytes } from '../layout/record.js';
import { CELL_BYTES, CONTROL, PRODUCER_SLOT, RECORD, RecordKind, producerSlotOffset } from '../layout/schema.js';
import { ClaimState, claimHigh, claimLow, lapIn, lapOf } from './claim-word.js';
import { isStillOpen, type OpenClaim } from './open-claim.js';
import type { Place } from './record-consumer.js';
import { SharedTail, isSequence } from './shared-tail.js';
import { corrupt, type RingStorage } from './storage.js';
import { RingWalker } from './walker.js';

const TAIL = CONTROL.at.tail;
const { intentTail: INTENT_TAIL, intentCells: INTENT_CELLS } = PRODUCER_SLOT.at;
const { commit: COMMIT, length: LENGTH, sequence: SEQUENCE, kind: KIND } = RECORD.at;

/**
 * Makes a padding record of a claim whose producer is dead, as that one would have committed it; false when somebody else
 * did, or the producer itself before it died. Consumers step over it, count a lost message, and go on.
 *
 * The caller holds the repair lock, and has seen the producer's token free after it found the claim. While the claim
 * word is what was found, nobody has got the slot since, so that it is the owner of this claim who is dead. From then on
 * nobody but the holder of the repair lock touches the claim.
 *
 * ```text
 *   1. the claim word is still what was found               nothing to repair otherwise
 *   2. swap the tail: (t, s) → (t + n, s + 1), from the intent; it fails when the tail covers the claim already
 *   3. header: the length that gives n cells, the sequence, kind REPAIRED; inner claim words := (lap, interior)
 *   4. claim word := (lap, committed)                       release; with this the slot is free
 * ```
 *
 * Each step can be made again: who dies on the way leaves an open claim of a dead producer, which is where it began. The
 * slot, and with it the intent, belongs to the next producer with step 4 and not before; nothing is touched after it.
 */
export function repairClaim(storage: RingStorage, claim: OpenClaim): boolean {
  if (!isStillOpen(storage, claim)) return false;
  const { claims } = storage;
  const cells = claimedCells(storage, claim);
  const place = coverByTail(storage, claim, cells);
  writePadding(storage, claim.slot, place, cells);
  markInner(storage, claim.slot, place.position, cells);
  claims.storeRelease(claim.word, claimLow(lapIn(claim.low, claim.high), ClaimState.COMMITTED, claim.slot));
  return true;
}

function claimedCells({ channel, control, messageSizeMax }: RingStorage, { slot }: OpenClaim): number {
  const cells = control.loadAcquire(producerSlotOffset(slot) + INTENT_CELLS);
  if (cells >= 1 && cells <= recordBytes(messageSizeMax) / CELL_BYTES) return cells;
  throw corrupt(channel, `the claim of producer slot ${slot} has a length of ${cells} cells`);
}

/** Moves the tail over the claim unless somebody did, and finds the claim's place in full width by it. */
function coverByTail(storage: RingStorage, { slot, low, high }: OpenClaim, cells: number): Place {
  const { channel, control, capacity } = storage;
  const base = producerSlotOffset(slot);
  const tail = control.loadAcquire(base + INTENT_TAIL);
  const sequence = control.loadAcquire(base + INTENT_TAIL + 4);
  control.compareAndSwap64(TAIL, tail, sequence, (tail + cells) | 0, (sequence + 1) | 0);
  const end = new SharedTail(storage);
  end.loadWhole();
  const behind = (end.low - tail) >>> 0;
  const place = {
    position: end.position - behind * CELL_BYTES,
    sequence: end.sequence - ((end.high - sequence) >>> 0),
  };
  const isWithin = behind >= cells && behind <= capacity / CELL_BYTES;
  if (isWithin && isSequence(place.sequence) && lapOf(place.position, capacity) === lapIn(low, high)) return place;
  throw corrupt(
    channel,
    `the claim of producer slot ${slot}, ${cells} cells at cell ${tail >>> 0}, does not lie before the tail ${end.position}`,
  );
}

function writePadding(storage: RingStorage, slot: number, { position, sequence }: Place, cells: number): void {
  const { window, offset } = new RingWalker(storage, position);
  window.putInt32(offset + COMMIT, commitWord(sequence));
  window.putInt32(offset + LENGTH, Math.min(messageLengthOf(cells), storage.messageSizeMax));
  window.putFloat64(offset + SEQUENCE, sequence);
  window.putFloat64(offset + KIND, kindAndProducer(RecordKind.REPAIRED, slot));
}

/** The owner may have marked some of them before it died. Those beyond the end of the ring belong to the next lap. */
function markInner({ claims, capacity }: RingStorage, slot: number, position: number, cells: number): void {
  const end = position + cells * CELL_BYTES;
  for (let inner = position + CELL_BYTES; inner < end; inner += CELL_BYTES) {
    const word = ((inner % capacity) / CELL_BYTES) * 8;
    const lap = lapOf(inner, capacity);
    claims.putInt32(word, claimLow(lap, ClaimState.INTERIOR, slot));
    claims.putInt32(word + 4, claimHigh(lap));
  }
}
