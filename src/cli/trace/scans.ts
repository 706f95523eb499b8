import { BusError } from '../../platform/bus-error.js';
import type { Found, FoundChannel } from '../look/found-channels.js';
import { pause } from '../pause.js';
import { JournalScan, recordedLives } from './journal-scan.js';
import { openRing, type MessageLook, type RingScan, type SearchStart } from './ring-scan.js';

const BURST = 8192;

/** What was in the way of a search. */
export interface ScanLosses {
  /** Messages that were overwritten before they could be looked at. */
  overwritten: number;
  /** Places of journals that are damaged. */
  damagedPlaces: number;
  /** Channels and journals that could not be read, each with why. */
  readonly unreadable: { readonly channel: string; readonly why: string }[];
}

/** Goes over the channels of a directory: their rings, and the journals of those that are recorded. */
export class ChannelScans {
  /** How far it came in each journal: the sequence of the next message, by {@link journalKey}. */
  readonly ends = new Map<string, number>();
  readonly losses: ScanLosses = { overwritten: 0, damagedPlaces: 0, unreadable: [] };
  private readonly found: Found;
  private readonly from: SearchStart;
  private readonly told: AbortSignal;

  constructor(found: Found, from: SearchStart, told: AbortSignal) {
    this.found = found;
    this.from = from;
    this.told = told;
  }

  /** All that is in the rings, and then in the journals, until `isEnough` or it is told to end. */
  async all(look: MessageLook, isEnough: () => boolean): Promise<void> {
    const ends = (): boolean => isEnough() || this.told.aborted;
    for (const { name } of this.found.channels) if (!ends()) await this.ring(name, look, ends);
    for (const channel of this.found.channels) {
      for (const journal of await this.journalsOf(channel)) if (!ends()) await this.journal(journal, look, ends);
    }
  }

  private async ring(channel: string, look: MessageLook, ends: () => boolean): Promise<void> {
    await this.reading(channel, async () => {
      const scan = openRing(this.found.directory, channel, this.from);
      if (scan === undefined) return;
      try {
        while (!ends() && !scan.isThrough && scan.poll(look, BURST) > 0) await pause(0);
      } finally {
        this.leave(scan);
      }
    });
  }

  private async journal(
    { channel, folder, lifeNs }: RecordedChannel,
    look: MessageLook,
    ends: () => boolean,
  ): Promise<void> {
    await this.reading(channel, async () => {
      const scan = new JournalScan(channel, folder, lifeNs, this.from);
      try {
        while (!ends() && scan.poll(look, BURST) > 0) await pause(0);
      } finally {
        this.losses.damagedPlaces += scan.damaged;
        this.ends.set(journalKey(channel, lifeNs), scan.nextSequence);
        scan.close();
      }
    });
  }

  private leave(scan: RingScan): void {
    this.losses.overwritten += scan.lost;
    scan.close();
  }

  private async journalsOf({ name, configured }: FoundChannel): Promise<RecordedChannel[]> {
    const folder = configured?.persistence?.directory;
    if (folder === undefined) return [];
    const lives: bigint[] = [];
    await this.reading(name, () => void lives.push(...recordedLives(name, folder)));
    return lives.map((lifeNs) => ({ channel: name, folder, lifeNs }));
  }

  /** One channel that cannot be read is no reason not to read the others. */
  private async reading(channel: string, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      noteUnreadable(this.losses, channel, error);
    }
  }
}

/** Names the journal of one life of a channel. */
export function journalKey(channel: string, lifeNs: bigint): string {
  return `${channel}/${lifeNs}`;
}

/** Notes of a channel that it cannot be read, and why; what is no error of the bus is thrown. */
export function noteUnreadable({ unreadable }: ScanLosses, channel: string, error: unknown): void {
  if (!BusError.is(error)) throw error;
  unreadable.push({ channel, why: error.message });
}

interface RecordedChannel {
  readonly channel: string;
  readonly folder: string;
  readonly lifeNs: bigint;
}
