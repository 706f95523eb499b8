import { CELL_BYTES, PRODUCER_SLOT, producerSlotOffset } from '../layout/schema.js';
import { ClaimState, lapIn, ownerIn, stateIn } from './claim-word.js';
import type { RingStorage } from './storage.js';

/** Whether the claim that a producer slot last intended was made and is neither committed nor aborted. */
export function hasOpenClaim(storage: RingStorage, slot: number): boolean {
  const tail = storage.control.loadVolatile(producerSlotOffset(slot) + PRODUCER_SLOT.at.intentTail);
  const cells = storage.capacity / CELL_BYTES;
  const word = (tail & (cells - 1)) * 8;
  const low = storage.claims.loadVolatile(word);
  if (stateIn(low) !== ClaimState.CLAIMED || ownerIn(low) !== slot) return false;
  // The intent has the low 32 bits of the position, in cells: so many bits of the lap can be compared.
  const lap = lapIn(low, storage.claims.loadVolatile(word + 4)) - 1;
  return Math.floor((tail >>> 0) / cells) === lap % (2 ** 32 / cells);
}
