import type { Found, FoundChannel } from '../look/found-channels.js';
import { JournalScan, recordedLives } from './journal-scan.js';
import type { MessageLook } from './ring-scan.js';
import { journalKey, noteUnreadable, type ScanLosses } from './scans.js';

/**
 * What is appended to the journals of channels from the end of a search on, also to those that are begun later: what a ring
 * was overwritten with before its turn came is there.
 */
export class LiveJournals {
  private readonly open = new Map<string, JournalScan>();
  private readonly losses: ScanLosses;
  private readonly ends: ReadonlyMap<string, number>;

  /** `ends`: how far the search came in each journal, see {@link journalKey}. */
  constructor(losses: ScanLosses, ends: ReadonlyMap<string, number>) {
    this.losses = losses;
    this.ends = ends;
  }

  /** Opens what is new: the last life of each channel; those before it are over. */
  keepUp({ channels }: Found): void {
    for (const channel of channels) {
      try {
        this.keepUpWith(channel);
      } catch (error) {
        this.fail(channel.name, error);
      }
    }
  }

  /** Whether all that is written to a channel is seen here, sooner or later. */
  has(channel: string): boolean {
    return [...this.open.values()].some(({ place }) => place.channel === channel);
  }

  /** How many messages it has looked at. */
  poll(look: MessageLook, limit: number): number {
    let count = 0;
    for (const [key, scan] of this.open) {
      try {
        count += scan.poll(look, limit);
      } catch (error) {
        this.leave(key, scan);
        this.fail(scan.place.channel, error);
      }
    }
    return count;
  }

  close(): void {
    for (const [key, scan] of this.open) this.leave(key, scan);
  }

  private keepUpWith({ name, configured }: FoundChannel): void {
    const folder = configured?.persistence?.directory;
    if (folder === undefined || this.losses.unreadable.some(({ channel }) => channel === name)) return;
    const [lifeNs] = recordedLives(name, folder);
    if (lifeNs === undefined) return;
    const key = journalKey(name, lifeNs);
    if (this.open.has(key)) return;
    const sequence = this.ends.get(key);
    this.open.set(key, new JournalScan(name, folder, lifeNs, sequence === undefined ? 'oldest' : { sequence }));
  }

  private leave(key: string, scan: JournalScan): void {
    this.losses.damagedPlaces += scan.damaged;
    this.open.delete(key);
    scan.close();
  }

  private fail(channel: string, error: unknown): void {
    noteUnreadable(this.losses, channel, error);
  }
}
