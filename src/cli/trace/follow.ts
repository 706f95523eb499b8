import { systemClock } from '../../platform/clock.js';
import type { Found } from '../look/found-channels.js';
import { pause } from '../pause.js';
import { LiveJournals } from './journal-follow.js';
import { openRing, type MessageLook, type RingScan } from './ring-scan.js';
import { noteUnreadable, type ScanLosses } from './scans.js';

/** How often it looks for more, and for channels that were made or made anew: it must not cost those that it looks at. */
const LOOK_MS = 50;
const LIST_NS = 0.5e9;
const BURST = 1024;

export interface FollowSettings {
  /** How far a search came in the journals. */
  readonly ends: ReadonlyMap<string, number>;
  readonly find: () => Promise<Found>;
  readonly look: MessageLook;
  readonly losses: ScanLosses;
  readonly isEnough: () => boolean;
  readonly told: AbortSignal;
}

/**
 * Looks at what is in the rings and at all that is written from now on, also in channels that are made later, until it is
 * told to end. It begins at the oldest messages: nothing is missed between a search and this, and who looks knows what it has.
 * Of channels that are recorded it reads the journals too: there is what was overwritten in their rings too soon.
 */
export async function followChannels(settings: FollowSettings): Promise<void> {
  const { find, look, losses, ends, isEnough, told } = settings;
  const journals = new LiveJournals(losses, ends);
  const rings = new LiveRings(losses, (channel) => journals.has(channel));
  const clock = systemClock();
  let listedNs = -Infinity;
  try {
    while (!told.aborted && !isEnough()) {
      if (clock.monotonicNs() - listedNs > LIST_NS) {
        const found = await find();
        journals.keepUp(found);
        rings.keepUp(found);
        listedNs = clock.monotonicNs();
      }
      await pause(rings.poll(look) + journals.poll(look, BURST) === 0 ? LOOK_MS : 0, told);
    }
  } finally {
    rings.close();
    journals.close();
  }
}

/** The rings of all channels, each kept open from look to look. */
class LiveRings {
  private readonly open = new Map<string, RingScan>();
  private readonly losses: ScanLosses;
  private readonly isRecorded: (channel: string) => boolean;

  /** What is overwritten in the ring of a channel that is recorded is not lost. */
  constructor(losses: ScanLosses, isRecorded: (channel: string) => boolean) {
    this.losses = losses;
    this.isRecorded = isRecorded;
  }

  /** Opens what is new. */
  keepUp({ directory, channels }: Found): void {
    for (const { name } of channels) {
      if (!this.open.has(name) && !this.isUnreadable(name)) {
        this.reading(name, () => {
          const ring = openRing(directory, name, 'oldest');
          if (ring !== undefined) this.open.set(name, ring);
        });
      }
    }
  }

  /** How many messages it has looked at. A ring that was removed is let go when it is read to its end. */
  poll(look: MessageLook): number {
    let count = 0;
    for (const [channel, ring] of this.open) {
      this.reading(channel, () => {
        const read = ring.poll(look, BURST);
        count += read;
        if (read === 0 && ring.isGone) this.leave(channel, ring);
      });
      if (this.isUnreadable(channel)) this.leave(channel, ring);
    }
    return count;
  }

  close(): void {
    for (const [channel, ring] of this.open) this.leave(channel, ring);
  }

  private leave(channel: string, ring: RingScan): void {
    if (!this.isRecorded(channel)) this.losses.overwritten += ring.lost;
    this.open.delete(channel);
    ring.close();
  }

  private isUnreadable(channel: string): boolean {
    return this.losses.unreadable.some((each) => each.channel === channel);
  }

  private reading(channel: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      noteUnreadable(this.losses, channel, error);
    }
  }
}
