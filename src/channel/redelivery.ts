import { CONSUMER_SLOT, SlotState, consumerSlotOffset } from '../layout/schema.js';
import { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { slotNamed } from './consumer-slot.js';
import { ConsumerWaker } from './wakeups.js';

const { at } = CONSUMER_SLOT;

/**
 * Tells a consumer that messages which it had set aside are to be handed to it again; whether it is attached, so that it
 * does so now. One that is not finds them when it attaches.
 *
 * @throws BusError `ERR_INVALID_ARGUMENT` for one whose policy sets nothing aside: it would not look
 */
export function askForRedelivery(directory: string, channel: string, consumer: string): boolean {
  const segment = Segment.openExisting(directory, channel, { ringWritable: false });
  if (segment === undefined) return false;
  try {
    return tell(segment, consumer);
  } finally {
    segment.close();
  }
}

function tell(segment: Segment, consumer: string): boolean {
  const { control, channel } = segment;
  const slot = slotNamed(segment, consumer);
  if (slot === undefined) return false;
  const base = consumerSlotOffset(slot);
  if (control.loadVolatile(base + at.state) !== SlotState.ACTIVE) return false;
  if (control.getInt32(base + at.quarantineAfter) === 0) {
    throw new BusError(
      'ERR_INVALID_ARGUMENT',
      `consumer "${consumer}" of channel ${channel} runs without quarantine_after; set it in [channels.${channel}.consumer.${consumer}] and restart it`,
      { channel },
    );
  }
  control.storeVolatile(base + at.redeliver, 1);
  const waker = new ConsumerWaker(segment);
  waker.wakeAll();
  waker.close();
  return true;
}
