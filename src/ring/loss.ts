import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import { CONSUMER_SLOT } from '../layout/schema.js';

const { lost: LOST, sequence: SEQUENCE } = CONSUMER_SLOT.at;

/*
 * A consumer's count of lost messages and the sequence up to which they are counted are two words, and death may strike
 * between their stores. So while a loss is being counted, the count stands in the slot as its distance from the sequence,
 * plus a half that tells the two apart: one store, that of the sequence, changes both.
 */

/** Stores that `total` messages are lost up to `sequence`, as a distance: to be followed by a store of `total` itself. */
export function announceLoss(control: AtomicBuffer, slotOffset: number, total: number, sequence: number): void {
  control.storeFloat64Release(slotOffset + LOST, total - sequence + 0.5);
  control.storeFloat64Release(slotOffset + SEQUENCE, sequence);
}

/** How many messages a slot's two words say are lost, whichever way. */
export function lossOf(lost: number, sequence: number): number {
  return Number.isInteger(lost) ? lost : sequence + lost - 0.5;
}
