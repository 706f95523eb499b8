import { CELL_BYTES, PRODUCER_SLOT, producerSlotOffset } from '../layout/schema.js';
import { ClaimState, lapIn, lapOf, ownerIn, stateIn } from './claim-word.js';
import { checkPosition } from './shared-tail.js';
import type { RingStorage } from './storage.js';

/** Whether the claim that a producer slot last intended was made and is neither committed nor aborted. */
export function hasOpenClaim(storage: RingStorage, slot: number): boolean {
  const position = storage.control.loadFloat64Acquire(producerSlotOffset(slot) + PRODUCER_SLOT.at.intentPosition);
  checkPosition(storage, position, `intent of producer slot ${slot}`);
  const word = ((position % storage.capacity) / CELL_BYTES) * 8;
  const low = storage.claims.loadVolatile(word);
  const lap = lapIn(low, storage.claims.loadVolatile(word + 4));
  return stateIn(low) === ClaimState.CLAIMED && ownerIn(low) === slot && lap === lapOf(position, storage.capacity);
}
