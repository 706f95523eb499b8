import { CELL_BYTES, PRODUCER_SLOT, PRODUCER_SLOTS, producerSlotOffset } from '../layout/schema.js';
import { ClaimState, lapIn, ownerIn, stateIn } from './claim-word.js';
import { loadOldest } from './shared-tail.js';
import type { RingStorage } from './storage.js';

const INTENT_TAIL = PRODUCER_SLOT.at.intentTail;

/** A claim that is neither committed nor aborted, and its claim word as it was found. */
export interface OpenClaim {
  /** The slot of the producer that made it. */
  readonly slot: number;
  /** Byte offset of the claim word, and its halves. */
  readonly word: number;
  readonly low: number;
  readonly high: number;
}

/** The claim that a producer slot last intended, if it was made and is neither committed nor aborted. */
export function openClaimOf(storage: RingStorage, slot: number): OpenClaim | undefined {
  const tail = storage.control.loadVolatile(producerSlotOffset(slot) + INTENT_TAIL);
  const cells = storage.capacity / CELL_BYTES;
  const word = (tail & (cells - 1)) * 8;
  const low = storage.claims.loadVolatile(word);
  if (stateIn(low) !== ClaimState.CLAIMED || ownerIn(low) !== slot) return undefined;
  const high = storage.claims.loadVolatile(word + 4);
  // The intent has the low 32 bits of the position, in cells: so many bits of the lap can be compared.
  const isOfIntent = Math.floor((tail >>> 0) / cells) === (lapIn(low, high) - 1) % (2 ** 32 / cells);
  return isOfIntent ? { slot, word, low, high } : undefined;
}

/** Whether a claim has been neither committed nor aborted since it was found: no claim word ever takes an old value again. */
export function isStillOpen({ claims }: RingStorage, { word, low, high }: OpenClaim): boolean {
  return claims.loadVolatile(word) === low && claims.loadVolatile(word + 4) === high;
}

export interface PlacedClaim {
  readonly slot: number;
  readonly position: number;
}

/** The first claim of the ring that is neither committed nor aborted: neither consumers nor `oldest` can pass it. */
export function firstOpenClaim(storage: RingStorage): PlacedClaim | undefined {
  if (storage.claims.byteLength === 0) return undefined;
  const { control } = storage;
  const oldest = loadOldest(storage);
  let first: PlacedClaim | undefined;
  for (let slot = 0; slot < PRODUCER_SLOTS; slot++) {
    if (openClaimOf(storage, slot) === undefined) continue;
    // 32 bits of the position, in cells, are enough: it is less than a ring ahead of the oldest record.
    const cell = control.loadVolatile(producerSlotOffset(slot) + INTENT_TAIL);
    const position = oldest + ((cell - ((oldest / CELL_BYTES) | 0)) >>> 0) * CELL_BYTES;
    if (first === undefined || position < first.position) first = { slot, position };
  }
  return first;
}
