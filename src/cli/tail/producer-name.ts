import { nameAt } from '../../layout/control-block.js';
import { PRODUCER_SLOT, PRODUCER_SLOTS, producerSlotOffset } from '../../layout/schema.js';
import type { Segment } from '../../layout/segment.js';

/** The service that has, or had last, a producer's slot; the slot when nobody had it. */
export function producerName({ control }: Segment, slot: number): string {
  if (slot < 0 || slot >= PRODUCER_SLOTS) return String(slot);
  return nameAt(control.view, producerSlotOffset(slot) + PRODUCER_SLOT.at.name) || String(slot);
}
