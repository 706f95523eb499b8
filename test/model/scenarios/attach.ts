import type { StartFrom } from '#src/channel/start-from.js';
import { CONSUMER_SLOT, CONTROL, SlotState, consumerSlotOffset } from '#src/layout/schema.js';
import type { Segment } from '#src/layout/segment.js';
import type { Place } from '#src/ring/record-consumer.js';
import type { World } from './ring-code.js';

const { at } = CONSUMER_SLOT;

/*
 * What the channel layer does when a consumer comes and goes, without the kernel's locks: those let only one endpoint
 * come at a time, and say nothing about the ring.
 */

/** Takes the slot: from then on it gates, at the oldest record or at the saved place, until the true place is found. */
export function takeSlot({ storage, code }: World, slot: number, saved: Place | undefined): void {
  const { control } = storage;
  const base = consumerSlotOffset(slot);
  const oldest = new code.RingHistory(storage).oldest();
  const place = saved !== undefined && saved.position > oldest.position ? saved : oldest;
  control.putFloat64(base + at.sequence, place.sequence);
  control.storeFloat64Release(base + at.cursor, place.position);
  if (slot >= control.loadVolatile(CONTROL.at.consumerSlotsUsed)) {
    control.storeVolatile(CONTROL.at.consumerSlotsUsed, slot + 1);
  }
  control.storeVolatile(base + at.state, SlotState.ACTIVE);
  control.fence();
}

/** Finds the place to start from, and gates there. */
export function findPlace({ storage, code }: World, slot: number, from: StartFrom, saved: Place | undefined): Place {
  // of a segment it uses only what a ring's storage has too
  const segment = storage as unknown as Segment;
  return code.findStart(segment, new code.RingHistory(storage), slot, from, saved).place;
}

/** The slot gates no more; its cursor stays. */
export function leaveSlot({ storage }: World, slot: number): void {
  storage.control.storeVolatile(consumerSlotOffset(slot) + at.state, SlotState.DETACHED);
}
