import { reaperOf } from '../channel/reaper.js';
import { hasClaims } from '../layout/geometry.js';
import {
  CONSUMER_SLOT,
  CONTROL,
  PRODUCER_SLOT,
  PRODUCER_SLOTS,
  SlotState,
  consumerSlotOffset,
  producerSlotOffset,
} from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { consumerSlotsUsed } from '../ring/gating.js';
import { corrupt } from '../ring/storage.js';

/*
 * Where the endpoints of a channel were seen, and since when, in their slots: so that somebody who looks once can say for
 * how long they have stood there. Every process that beats writes it, without locks, so what is read is a hint for
 * people; whatever takes something from somebody counts by its own looks (channel/progress.ts).
 */

/** How many producer slots may be in use. */
export function producerSlotsUsed({ control, channel }: Segment): number {
  const used = control.loadVolatile(CONTROL.at.producerSlotsUsed);
  if (used >= 0 && used <= PRODUCER_SLOTS) return used;
  throw corrupt(channel, `${used} producer slots are said to be in use, of ${PRODUCER_SLOTS}`);
}

/** Where a producer's writing is: it changes with every message. */
export function producerPlace({ control, shape }: Segment, base: number): number {
  return hasClaims(shape.type)
    ? control.getInt32(base + PRODUCER_SLOT.at.intentTail) >>> 0
    : control.loadFloat64Acquire(CONTROL.at.tailPosition);
}

/** Notes where everybody stands now. Stores only what has changed. */
export function noteSights(segment: Segment, nowNs: number): void {
  const { control } = segment;
  for (let slot = 0; slot < producerSlotsUsed(segment); slot++) {
    const base = producerSlotOffset(slot);
    if (control.loadVolatile(base + PRODUCER_SLOT.at.state) !== SlotState.ACTIVE) continue;
    const { seenPlace, seenNs } = PRODUCER_SLOT.at;
    const place = producerPlace(segment, base);
    if (control.getFloat64(base + seenNs) > 0 && control.getFloat64(base + seenPlace) === place) continue;
    control.putFloat64(base + seenPlace, place);
    control.putFloat64(base + seenNs, nowNs);
  }
  for (let slot = 0; slot < consumerSlotsUsed(segment); slot++) noteConsumer(segment, consumerSlotOffset(slot), nowNs);
}

function noteConsumer(segment: Segment, base: number, nowNs: number): void {
  const { control } = segment;
  const { state, cursor, seenPlace, seenNs, unreadNs } = CONSUMER_SLOT.at;
  const slotState = control.loadVolatile(base + state);
  if (slotState !== SlotState.ACTIVE && slotState !== SlotState.FAILED) return;
  const place = control.loadFloat64Acquire(base + cursor);
  if (control.getFloat64(base + seenNs) === 0 || control.getFloat64(base + seenPlace) !== place) {
    control.putFloat64(base + unreadNs, 0);
    control.putFloat64(base + seenPlace, place);
    control.putFloat64(base + seenNs, nowNs);
  }
  const isUnread = control.getFloat64(base + unreadNs) !== 0;
  const isReadable = reaperOf(segment).progress.isReadable(place);
  if (isUnread !== isReadable) control.putFloat64(base + unreadNs, isReadable ? nowNs : 0);
}
