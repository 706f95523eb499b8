import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import { CONSUMER_SLOT } from '../layout/schema.js';

const { lost: LOST, sequence: SEQUENCE } = CONSUMER_SLOT.at;
/** A consumer is between the two stores for some ns: more than once in a row it is met there by chance alone. */
const ATTEMPTS_MAX = 100;

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

/**
 * How many are lost, as whoever looks on reads it while the consumer goes on: a distance counts only with a sequence that was
 * there as long as it was. With an earlier or a later one the count would leap, and seem to have begun anew afterwards.
 */
export function lossIn(control: Pick<AtomicBuffer, 'loadFloat64Acquire'>, slotOffset: number): number {
  let lost = control.loadFloat64Acquire(slotOffset + LOST);
  for (let attempt = 0; attempt < ATTEMPTS_MAX && !Number.isInteger(lost); attempt++) {
    const sequence = control.loadFloat64Acquire(slotOffset + SEQUENCE);
    const after = control.loadFloat64Acquire(slotOffset + LOST);
    if (after === lost) return lossOf(lost, sequence);
    lost = after;
  }
  return lossOf(lost, control.loadFloat64Acquire(slotOffset + SEQUENCE));
}
