import { CONSUMER_SLOT, consumerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { systemClock } from '../platform/clock.js';

/** A thread that blocks in its waits, or polls without end, turns no event loop: this is how others see that it goes on. */
export function noteLook({ control }: Segment, slot: number): void {
  control.putFloat64(consumerSlotOffset(slot) + CONSUMER_SLOT.at.lookedNs, systemClock().monotonicNs());
}
