import type { Message } from '../../channel/index.js';
import { JournalReader } from '../../journal/index.js';
import type { GapHandler } from '../../ring/gaps.js';
import { RingObserver } from '../../ring/observer.js';
import { openToLook } from '../look/found-channels.js';
import { journalFolder } from './journal-place.js';

/** Where the messages of a replay come from. */
export interface ReplaySource {
  /** Of the channel that they were in. */
  readonly capacity: number;
  readonly messageSizeMax: number;
  /** Messages that are missing, of those that were asked for. */
  readonly lost: number;
  /** The next ones, at most so many; none at the end. */
  next(limit: number): Message[];
  /** Goes to the first message from a sequence, or a time (ns since the epoch) on. */
  seek(to: { readonly sequence: number } | { readonly timeNs: bigint }): void;
  close(): void;
}

/** The journal of a channel, or that channel in a capture. */
export async function replaySource(
  name: string,
  { config, capture }: { config?: string | undefined; capture?: string | undefined },
  onGap: GapHandler,
): Promise<ReplaySource> {
  if (capture !== undefined) return captureSource(name, capture, onGap);
  const reader = JournalReader.open(await journalFolder(name, config), { onGap });
  const { capacity, messageSizeMax } = reader.header;
  return {
    capacity,
    messageSizeMax,
    get lost() {
      return reader.lost;
    },
    next(limit) {
      const messages: Message[] = [];
      reader.poll((message) => messages.push(message.copy()), limit);
      return messages;
    },
    seek: (to) => reader.seek(to),
    close: () => reader.close(),
  };
}

async function captureSource(channel: string, capture: string, onGap: GapHandler): Promise<ReplaySource> {
  const segment = await openToLook(channel, { capture });
  const observer = new RingObserver(segment, onGap);
  observer.moveTo('oldest');
  return {
    capacity: segment.capacity,
    messageSizeMax: segment.messageSizeMax,
    get lost() {
      return observer.lost;
    },
    next(limit) {
      const messages: Message[] = [];
      observer.poll((message) => messages.push(message.copy()), limit);
      return messages;
    },
    seek: (to) => observer.moveTo(to),
    close: () => segment.close(),
  };
}
