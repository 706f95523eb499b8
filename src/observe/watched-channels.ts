import { readdirSync } from 'node:fs';
import { BusError } from '../platform/bus-error.js';
import { channelFigures, type ChannelFigures } from './channel-figures.js';
import type { LatencyRoom } from './latencies.js';
import { WatchedSegments } from './watched-segments.js';

/** A channel that has something in the place of its segment which cannot be used. */
export interface UnusableChannel {
  readonly channel: string;
  /** A {@link BusError}'s. */
  readonly code: string;
  readonly reason: string;
}

/** What a look at a channel found: all that its segment says, or why it says nothing. */
export type SeenChannel = ChannelFigures | UnusableChannel;

/**
 * The channels that have a segment in a directory, by name; none where there is no directory.
 *
 * @throws BusError `ERR_PERMISSION` for a directory that cannot be read
 */
export function channelsIn(directory: string): string[] {
  try {
    // a segment in huge pages stands elsewhere; a signpost says so
    const names = readdirSync(directory).flatMap((name) => /^(.+)\.ring(?:\.huge)?$/.exec(name)?.[1] ?? []);
    return [...new Set(names)].sort();
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === 'ENOENT') return [];
    throw new BusError('ERR_PERMISSION', `cannot look into ${directory}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Looks at the channels of a directory, or at those that are named, once; those without a segment are left out. It takes no
 * slot and stores nothing. With `none` the latencies are left out. For looks again and again, {@link WatchedChannels} costs less.
 *
 * @throws BusError as {@link channelsIn}
 */
export function inspectDirectory(directory: string, channels?: readonly string[], latencies?: 'none'): SeenChannel[] {
  using watched = new WatchedChannels(directory);
  return watched.look(channels, latencies);
}

/** Looks at the channels of a directory again and again, and keeps their segments mapped meanwhile. */
export class WatchedChannels implements Disposable {
  private readonly directory: string;
  private readonly segments: WatchedSegments;

  constructor(directory: string) {
    this.directory = directory;
    this.segments = new WatchedSegments(directory);
  }

  /** As {@link inspectDirectory}. With `room`, which it clears, the latencies are good until the next look with it. */
  look(channels: readonly string[] = channelsIn(this.directory), room?: LatencyRoom | 'none'): SeenChannel[] {
    if (room !== 'none') room?.clear();
    this.keepOnly(channels);
    return channels.flatMap((channel) => this.lookAt(channel, room) ?? []);
  }

  /** At one of them; undefined when it has no segment. With `room` the latencies are good until that is emptied. */
  lookAt(channel: string, room?: LatencyRoom | 'none'): SeenChannel | undefined {
    const found = this.figuresOf(channel, room);
    return BusError.is(found) ? { channel, code: found.code, reason: found.message } : found;
  }

  /** Lets go of the segments of all but these. */
  keepOnly(channels: readonly string[]): void {
    this.segments.keepOnly(channels);
  }

  [Symbol.dispose](): void {
    this.segments[Symbol.dispose]();
  }

  private figuresOf(channel: string, room: LatencyRoom | 'none' | undefined): ChannelFigures | BusError | undefined {
    const segment = this.segments.get(channel);
    if (segment === undefined || BusError.is(segment)) return segment;
    try {
      return channelFigures(segment, room);
    } catch (error) {
      if (BusError.is(error)) return error;
      throw error;
    }
  }
}
