import { nameAt } from '../../layout/control-block.js';
import { CONSUMER_SLOT, SlotState, consumerSlotOffset } from '../../layout/schema.js';
import { Segment } from '../../layout/segment.js';
import { consumerSlotsUsed } from '../../ring/gating.js';

const { at } = CONSUMER_SLOT;

/** Where a consumer stands by the channel's own books: the sequence that it would resume at. Undefined for one that is not known. */
export function savedPlaceOf(directory: string, channel: string, consumer: string): number | undefined {
  const segment = Segment.openExisting(directory, channel, { ringWritable: false });
  if (segment === undefined) return undefined;
  try {
    const slot = slotOf(segment, consumer);
    return slot < 0 ? undefined : segment.control.getFloat64(consumerSlotOffset(slot) + at.sequence);
  } finally {
    segment.close();
  }
}

/** The slot that has a consumer's name; -1 when none has. */
export function slotOf(segment: Segment, consumer: string): number {
  const { control } = segment;
  for (let slot = 0; slot < consumerSlotsUsed(segment); slot++) {
    const base = consumerSlotOffset(slot);
    if (control.loadVolatile(base + at.state) !== SlotState.FREE && nameAt(control.view, base + at.name) === consumer)
      return slot;
  }
  return -1;
}
