import { createHash } from 'node:crypto';
import type { Consumer, MessageView } from 'alphapulse-bus';

interface Seen {
  readonly sequence: number;
  readonly receivedNs: bigint;
  readonly digest: string;
}

/** What a consumer was handed, message by message, so that two can be compared. */
export class LiveRecord {
  readonly seen: Seen[] = [];

  take(message: MessageView): void {
    const digest = createHash('sha256').update(message.bytes).digest('base64');
    this.seen.push({ sequence: message.sequence, receivedNs: message.busReceivedNs, digest });
  }

  /** Those that were received in a window of time, the end not included. */
  within(fromNs: bigint, toNs: bigint): Seen[] {
    return this.seen.filter(({ receivedNs }) => receivedNs >= fromNs && receivedNs < toNs);
  }
}

/** Reads all that a consumer has, up to a sequence. */
export async function readUpTo(consumer: Consumer, end: number, record: LiveRecord): Promise<void> {
  const over = new AbortController();
  if (consumer.sequence >= end) return;
  await consumer.subscribe(
    (message) => {
      record.take(message);
      if (message.sequence + 1 >= end) over.abort();
    },
    { signal: over.signal },
  );
}
