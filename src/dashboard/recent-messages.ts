import type { Segment } from '../layout/segment.js';
import type { MessageView } from '../ring/message-view.js';
import { nameAt } from '../layout/control-block.js';
import { PRODUCER_SLOT, PRODUCER_SLOTS, producerSlotOffset } from '../layout/schema.js';
import { RingHistory } from '../ring/join.js';
import { RingObserver } from '../ring/observer.js';
import type { MessageEntry, MessagesAnswer } from './wire.js';

export const MESSAGES_MAX = 200;
/** Of a longer message the beginning is decoded. */
const MESSAGE_BYTES_MAX = 16 * 1024;
/** And of all together so much. */
const ANSWER_BYTES_MAX = 256 * 1024;

export type ShownMessage = Pick<MessageView, 'sequence' | 'busReceivedNs' | 'producerSentNs' | 'length' | 'bytes'>;

/** Makes of a message what is shown of it. */
export type Decode = (message: ShownMessage, producer: string) => MessageEntry;

/**
 * Messages of the ring, from a sequence on, or the latest, without a slot. What is too long is cut.
 *
 * @throws BusError `ERR_CORRUPT` for a damaged ring
 */
export function recentMessages(
  segment: Segment,
  from: 'oldest' | 'latest' | number,
  limit: number,
  decode: Decode,
): MessagesAnswer {
  const history = new RingHistory(segment);
  const { sequence: oldest } = history.oldest();
  const { sequence: next } = history.tail();
  const observer = new RingObserver(segment);
  observer.moveTo(from === 'oldest' ? from : { sequence: from === 'latest' ? Math.max(oldest, next - limit) : from });
  const messages: MessageEntry[] = [];
  let left = ANSWER_BYTES_MAX;
  let isCut = false;
  observer.poll((message) => {
    if (left <= 0) isCut = true;
    else {
      const shown = beginningOf(message);
      left -= shown.bytes.length;
      const entry = decode(shown, producerName(segment, message.producerId));
      messages.push(shown === message ? entry : { ...entry, isCut: true });
    }
  }, limit);
  return { channel: segment.channel, oldest, next, messages, isCut };
}

function beginningOf(message: MessageView): ShownMessage {
  const { sequence, busReceivedNs, producerSentNs, length, bytes } = message;
  if (length <= MESSAGE_BYTES_MAX) return message;
  return { sequence, busReceivedNs, producerSentNs, length, bytes: bytes.subarray(0, MESSAGE_BYTES_MAX) };
}

/** The service that has, or had last, a producer's slot. */
function producerName(segment: Segment, slot: number): string {
  if (slot < 0 || slot >= PRODUCER_SLOTS) return String(slot);
  return nameAt(segment.control.view, producerSlotOffset(slot) + PRODUCER_SLOT.at.name) || String(slot);
}
