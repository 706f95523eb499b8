import type { StartFrom } from '#src/channel/start-from.js';
import { CONSUMER_SLOT, CONTROL, consumerSlotOffset } from '#src/layout/schema.js';
import type { Segment } from '#src/layout/segment.js';
import type { Place } from '#src/ring/record-consumer.js';
import type { ModelStorage } from '../explorer/model-storage.js';
import type { World } from './ring-code.js';

const { at } = CONSUMER_SLOT;

/*
 * What the channel layer does when a consumer comes and goes, without the kernel's locks: those let only one endpoint
 * come at a time, and say nothing about the ring.
 */

/** Takes the slot: from then on it gates, at the oldest record or at the saved place, until the true place is found. */
export function takeSlot(
  { storage, code, canBeOvertaken }: World,
  slot: number,
  from: StartFrom,
  saved: Place | undefined,
): void {
  const { control } = storage;
  const base = consumerSlotOffset(slot);
  const place = code.holdFor(asSegment(storage), new code.RingHistory(storage), from, saved);
  control.putFloat64(base + at.sequence, place.sequence);
  control.storeFloat64Release(base + at.cursor, place.position);
  if (slot >= control.loadVolatile(CONTROL.at.consumerSlotsUsed)) {
    control.storeVolatile(CONTROL.at.consumerSlotsUsed, slot + 1);
  }
  control.storeVolatile(base + at.gates, canBeOvertaken ? 0 : 1);
  control.fence();
}

/** Finds the place to start from, and gates there. */
export function findPlace(
  { storage, code }: World,
  slot: number,
  from: StartFrom,
  saved: Place | undefined,
): { place: Place; lost: number } {
  return code.findStart(asSegment(storage), new code.RingHistory(storage), slot, from, saved);
}

/** Where the consumer of a slot stood when it left or died. */
export function savedPlace({ storage: { control } }: World, slot: number): Place {
  const base = consumerSlotOffset(slot);
  return { position: control.getFloat64(base + at.cursor), sequence: control.getFloat64(base + at.sequence) };
}

/** Of a segment, finding a place uses only what a ring's storage has too. */
function asSegment(storage: ModelStorage): Segment {
  return storage as unknown as Segment;
}

/** The slot gates no more; its cursor stays. */
export function leaveSlot({ storage }: World, slot: number): void {
  storage.control.storeVolatile(consumerSlotOffset(slot) + at.gates, 0);
}
