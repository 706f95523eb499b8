import type { MessageView } from '../../channel/index.js';
import { JournalReader } from '../../journal/index.js';
import { JournalCatalog } from '../../journal/journal-catalog.js';
import { JournalErrors } from '../../journal/journal-error.js';
import { systemFiles } from '../../journal/journal-files.js';
import type { HopPlace } from './hop.js';
import { lookAtOne, type MessageLook, type SearchStart } from './ring-scan.js';

/** Goes over the messages that were recorded of one life of a channel. */
export class JournalScan {
  readonly place: HopPlace;
  damaged = 0;
  private readonly reader: JournalReader;
  private readonly errors: JournalErrors;

  /** @throws BusError `ERR_JOURNAL`, also from its methods: it cannot be read */
  constructor(channel: string, folder: string, lifeNs: bigint, from: SearchStart | { readonly sequence: number }) {
    this.place = { channel, lifeNs, found: 'journal' };
    this.errors = new JournalErrors(channel, folder);
    this.reader = this.errors.attempt('read', () => {
      const reader = JournalReader.open(folder, { lifeNs, onDamage: () => void (this.damaged += 1) });
      if (from !== 'oldest') reader.seek(from);
      return reader;
    });
  }

  /** Sequence of the next message. */
  get nextSequence(): number {
    return this.reader.nextSequence;
  }

  /** Looks at up to `limit` messages, and answers how many: 0 at the end, or as far as it goes by now. */
  poll(look: MessageLook, limit: number): number {
    return this.errors.attempt('read', () =>
      this.reader.poll((message) => look(message, this.place, () => String(message.producerId)), limit),
    );
  }

  /** Looks at one message, if it was recorded. */
  lookAt(sequence: number, look: (message: MessageView) => void): boolean {
    return this.errors.attempt('read', () => {
      this.reader.seek({ sequence });
      return lookAtOne(this.reader, sequence, look);
    });
  }

  close(): void {
    this.reader.close();
  }
}

/** The lives of a channel that a folder has the records of, the last one first. @throws BusError `ERR_JOURNAL` */
export function recordedLives(channel: string, folder: string): bigint[] {
  const lives = new JournalErrors(channel, folder).attempt('read', () =>
    new JournalCatalog(systemFiles, folder).lives(),
  );
  return lives.map(({ lifeNs }) => lifeNs).toReversed();
}
