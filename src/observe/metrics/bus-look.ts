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

/** What a look at the channels of a directory was, besides their figures. */
export interface BusLook {
  /** How many channels there are. */
  readonly found: number;
  readonly unusable: readonly UnusableChannel[];
  readonly omittedChannels: number;
  readonly omittedEndpoints: number;
  /** Without what was done with the figures. */
  readonly durationNs: number;
  /** How many looks there were. */
  readonly looks: number;
}

/** All channels that are looked at, with all their endpoints, and without latencies. */
export interface SeenBus {
  readonly seen: readonly SeenChannel[];
  readonly omittedChannels: number;
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

  /**
   * Hands what is to be exposed of each channel to `see`, one after the other: the figures are good until that returns. So
   * those of a thousand endpoints never exist together, and the collector of garbage has nothing to carry from one to the next.
   *
   * @throws BusError `ERR_PERMISSION` when the directory itself cannot be read; one that is not there has no channels
   */
  look(see: (figures: ChannelFigures) => void): BusLook {
    const { clock, watched, room } = this;
    let spentNs = -clock.monotonicNs();
    const { found, names } = this.names();
    const unusable: UnusableChannel[] = [];
    let omittedEndpoints = 0;
    for (const channel of names) {
      room.reuse();
      const seen = watched.lookAt(channel, room) ?? goneOf(channel);
      if ('reason' in seen) {
        unusable.push(seen);
        continue;
      }
      const figures = this.exposed(seen);
      omittedEndpoints += endpointsOf(seen) - endpointsOf(figures);
      spentNs += clock.monotonicNs();
      see(figures);
      spentNs -= clock.monotonicNs();
    }
    this.looks++;
    return {
      found,
      unusable,
      omittedChannels: found - names.length,
      omittedEndpoints,
      durationNs: spentNs + clock.monotonicNs(),
      looks: this.looks,
    };
  }

  /** What health is judged by; throws as {@link look}. */
  seen(): SeenBus {
    const { found, names } = this.names();
    const seen = names.map((channel) => this.watched.lookAt(channel, 'none') ?? goneOf(channel));
    return { seen, omittedChannels: found - names.length };
  }

  /** Whether the directory can be looked into; throws as {@link look}. */
  check(): void {
    channelsIn(this.directory);
  }

  [Symbol.dispose](): void {
    this.watched[Symbol.dispose]();
  }

  /** The channels that are looked at; the segments of all others are let go. */
  private names(): { found: number; names: readonly string[] } {
    const found = channelsIn(this.directory);
    const names = found.slice(0, this.limits.channels);
    this.watched.keepOnly(names);
    return { found: found.length, names };
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
function goneOf(channel: string): UnusableChannel {
  return { channel, code: 'ERR_UNKNOWN_CHANNEL', reason: 'its segment is gone' };
}

function endpointsOf({ producers, consumers }: ChannelFigures): number {
  return producers.length + consumers.length;
}
