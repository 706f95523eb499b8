import { CELL_BYTES, CONTROL, PRODUCER_SLOT, PRODUCER_SLOTS, producerSlotOffset } from '../layout/schema.js';
import { ClaimState, lapIn, ownerIn, stateIn } from './claim-word.js';
import type { RingStorage } from './storage.js';

const INTENT_TAIL = PRODUCER_SLOT.at.intentTail;

/** Whether the claim that a producer slot last intended was made and is neither committed nor aborted. */
export function hasOpenClaim(storage: RingStorage, slot: number): boolean {
  const tail = storage.control.loadVolatile(producerSlotOffset(slot) + INTENT_TAIL);
  const cells = storage.capacity / CELL_BYTES;
  const word = (tail & (cells - 1)) * 8;
  const low = storage.claims.loadVolatile(word);
  if (stateIn(low) !== ClaimState.CLAIMED || ownerIn(low) !== slot) return false;
  // The intent has the low 32 bits of the position, in cells: so many bits of the lap can be compared.
  const lap = lapIn(low, storage.claims.loadVolatile(word + 4)) - 1;
  return Math.floor((tail >>> 0) / cells) === lap % (2 ** 32 / cells);
}

export interface OpenClaim {
  /** The slot of the producer that made it. */
  readonly slot: number;
  readonly position: number;
}

/** The first claim of the ring that is neither committed nor aborted: neither consumers nor `oldest` can pass it. */
export function firstOpenClaim(storage: RingStorage): OpenClaim | undefined {
  if (storage.claims.byteLength === 0) return undefined;
  const { control } = storage;
  const oldest = control.loadFloat64Acquire(CONTROL.at.oldest);
  let first: OpenClaim | undefined;
  for (let slot = 0; slot < PRODUCER_SLOTS; slot++) {
    if (!hasOpenClaim(storage, slot)) continue;
    // 32 bits of the position, in cells, are enough: it is less than a ring ahead of the oldest record.
    const cell = control.loadVolatile(producerSlotOffset(slot) + INTENT_TAIL);
    const position = oldest + ((cell - ((oldest / CELL_BYTES) | 0)) >>> 0) * CELL_BYTES;
    if (first === undefined || position < first.position) first = { slot, position };
  }
  return first;
}
