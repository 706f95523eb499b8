import { systemClock } from '../platform/clock.js';
import { ChannelWatch } from './channel-watch.js';
import type { LifecycleEvent } from './events.js';
import { setPeriod, startTicking, type Ticking } from './ticker.js';

export interface WatcherSettings {
  readonly directory: string;
  readonly channels: readonly string[];
  /** Whether anybody wants to hear of events now. */
  readonly isWanted: () => boolean;
  readonly tell: (event: LifecycleEvent) => void;
}

/** Watches channels while somebody wants to hear of them, with the beat of this thread. */
export class Watcher implements Ticking {
  private readonly settings: WatcherSettings;
  private watches: readonly ChannelWatch[] | undefined;
  private stop: (() => void) | undefined;
  private ended = false;

  constructor(settings: WatcherSettings) {
    this.settings = settings;
  }

  get isUrgent(): boolean {
    return this.watches !== undefined;
  }

  /** Joins the beat, so that it sees whether anybody wants events. */
  join(): void {
    if (!this.ended) this.stop ??= startTicking(this);
  }

  /** Takes the first look now: what happens from here on is told. */
  begin(): void {
    if (this.ended) return;
    this.join();
    if (this.watches !== undefined) return;
    const nowNs = systemClock().monotonicNs();
    for (const watch of this.open()) watch.changes(nowNs);
    setPeriod();
  }

  tick(nowNs: number): void {
    if (!this.settings.isWanted()) {
      this.close();
      return;
    }
    for (const watch of this.open()) for (const event of watch.changes(nowNs)) this.settings.tell(event);
  }

  /** For good. */
  end(): void {
    this.ended = true;
    this.stop?.();
    this.stop = undefined;
    this.close();
  }

  private open(): readonly ChannelWatch[] {
    const { directory, channels } = this.settings;
    this.watches ??= channels.map((name) => new ChannelWatch(directory, name));
    return this.watches;
  }

  private close(): void {
    for (const watch of this.watches ?? []) watch.close();
    this.watches = undefined;
  }
}
