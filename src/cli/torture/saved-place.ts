import { slotNamed } from '../../channel/consumer-slot.js';
import { CONSUMER_SLOT, consumerSlotOffset } from '../../layout/schema.js';
import { Segment } from '../../layout/segment.js';

const { at } = CONSUMER_SLOT;

/** Where a consumer stands by the channel's own books: the sequence that it would resume at. Undefined for one that is not known. */
export function savedPlaceOf(directory: string, channel: string, consumer: string): number | undefined {
  const segment = Segment.openExisting(directory, channel, { ringWritable: false });
  if (segment === undefined) return undefined;
  try {
    const slot = slotNamed(segment, consumer);
    return slot === undefined ? undefined : segment.control.getFloat64(consumerSlotOffset(slot) + at.sequence);
  } finally {
    segment.close();
  }
}
