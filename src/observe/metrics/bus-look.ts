import { systemClock, type Clock } from '../../platform/clock.js';
import { isAttached } from '../../liveness/state.js';
import type { ChannelFigures } from '../channel-figures.js';
import { LatencyRoom } from '../latencies.js';
import { channelsIn, WatchedChannels, type SeenChannel, type UnusableChannel } from '../watched-channels.js';

/** How much is exposed at most: what is beyond is counted, so that nobody floods a monitoring system by accident. */
export interface LookLimits {
  /** In the order of their names. */
  readonly channels: number;
  /** Of one channel; those that are attached before those that have left, by their slots. */
  readonly endpoints: number;
}

export const DEFAULT_LIMITS: LookLimits = { channels: 250, endpoints: 32 };

/** The channels of a directory at one moment; the latencies are good until the next look. */
export interface BusLook {
  /** How many there are. */
  readonly found: number;
  /** Those that were looked at, with all their endpoints. */
  readonly seen: readonly SeenChannel[];
  /** What is to be exposed of them. */
  readonly channels: readonly ChannelFigures[];
  readonly unusable: readonly UnusableChannel[];
  readonly omittedChannels: number;
  readonly omittedEndpoints: number;
  readonly durationNs: number;
  /** How many looks there were. */
  readonly looks: number;
}

/** Looks at all channels of a directory, as often as it is asked. Segments stay mapped from look to look. */
export class BusLooker implements Disposable {
  private readonly directory: string;
  private readonly limits: LookLimits;
  private readonly clock: Clock;
  private readonly watched: WatchedChannels;
  private readonly room = new LatencyRoom();
  private looks = 0;

  constructor(directory: string, limits: LookLimits = DEFAULT_LIMITS, clock: Clock = systemClock()) {
    this.directory = directory;
    this.limits = limits;
    this.clock = clock;
    this.watched = new WatchedChannels(directory);
  }

  /** @throws BusError `ERR_PERMISSION` when the directory itself cannot be read; one that is not there has no channels */
  look(): BusLook {
    const beganNs = this.clock.monotonicNs();
    const names = channelsIn(this.directory);
    const looked = names.slice(0, this.limits.channels);
    const seen = this.watched.look(looked, this.room);
    if (seen.length < looked.length) seen.push(...goneOf(looked, seen));
    const usable = seen.filter((one): one is ChannelFigures => !('reason' in one));
    const channels = usable.map((figures) => this.exposed(figures));
    this.looks++;
    return {
      found: names.length,
      seen,
      channels,
      unusable: seen.filter((one): one is UnusableChannel => 'reason' in one),
      omittedChannels: names.length - looked.length,
      omittedEndpoints: countEndpoints(usable) - countEndpoints(channels),
      durationNs: this.clock.monotonicNs() - beganNs,
      looks: this.looks,
    };
  }

  /** Whether the directory can be looked into; throws as {@link look}. */
  check(): void {
    channelsIn(this.directory);
  }

  [Symbol.dispose](): void {
    this.watched[Symbol.dispose]();
  }

  private exposed(figures: ChannelFigures): ChannelFigures {
    const { producers, consumers } = figures;
    if (producers.length + consumers.length <= this.limits.endpoints) return figures;
    const first = [...producers, ...consumers]
      .toSorted((left, right) => Number(isAttached(right)) - Number(isAttached(left)) || left.slot - right.slot)
      .slice(0, this.limits.endpoints);
    const kept = new Set(first);
    return {
      ...figures,
      producers: producers.filter((one) => kept.has(one)),
      consumers: consumers.filter((one) => kept.has(one)),
    };
  }
}

/** A name is there, and no segment: it was removed at this moment, or is what is left of one in huge pages. */
function goneOf(looked: readonly string[], seen: readonly SeenChannel[]): UnusableChannel[] {
  const names = new Set(seen.map(({ channel }) => channel));
  return looked
    .filter((name) => !names.has(name))
    .map((channel) => ({ channel, code: 'ERR_UNKNOWN_CHANNEL', reason: 'its segment is gone' }));
}

function countEndpoints(channels: readonly ChannelFigures[]): number {
  return channels.reduce((sum, { producers, consumers }) => sum + producers.length + consumers.length, 0);
}
