import { BusError } from '../../platform/bus-error.js';
import { channelFigures, type ChannelFigures } from '../../observe/channel-figures.js';
import type { UnusableChannel } from '../../observe/watched-channels.js';
import { WatchedSegments } from '../../observe/watched-segments.js';

/** One channel at one moment, with what has happened since the moment before. */
export interface ChannelSample {
  readonly figures: ChannelFigures;
  /** Messages and bytes of the ring a second since the last look; undefined at the first one. */
  readonly messagesPerSecond: number | undefined;
  readonly bytesPerSecond: number | undefined;
}

/** All that one look shows. */
export interface TopLook {
  readonly samples: readonly ChannelSample[];
  readonly unusable: readonly UnusableChannel[];
}

/** What can be seen of the channels of a directory; looks as often as it is asked. */
export class TopModel implements Disposable {
  private readonly segments: WatchedSegments;
  private before = new Map<string, { createdNs: bigint; sequence: number; position: number; atMs: number }>();

  constructor(directory: string) {
    this.segments = new WatchedSegments(directory);
  }

  /** `nowMs` is monotonic. Channels without a segment are left out. */
  sample(channels: readonly string[], nowMs: number): TopLook {
    const samples: ChannelSample[] = [];
    const unusable: UnusableChannel[] = [];
    this.segments.keepOnly(channels);
    const after: typeof this.before = new Map();
    for (const name of channels) {
      const figures = this.look(name);
      if (figures === undefined) continue;
      if (BusError.is(figures)) {
        unusable.push({ channel: name, code: figures.code, reason: figures.message });
        continue;
      }
      const { createdNs, tail } = figures;
      const before = this.before.get(name);
      const isSame = before?.createdNs === createdNs;
      const seconds = isSame ? (nowMs - before.atMs) / 1000 : 0;
      const rate = (now: number, then: number | undefined): number | undefined =>
        seconds > 0 && then !== undefined ? (now - then) / seconds : undefined;
      samples.push({
        figures,
        messagesPerSecond: rate(tail.sequence, before?.sequence),
        bytesPerSecond: rate(tail.position, before?.position),
      });
      after.set(name, { createdNs, ...tail, atMs: nowMs });
    }
    this.before = after;
    return { samples, unusable };
  }

  [Symbol.dispose](): void {
    this.segments[Symbol.dispose]();
  }

  private look(name: string): ChannelFigures | BusError | undefined {
    const segment = this.segments.get(name);
    if (segment === undefined || BusError.is(segment)) return segment;
    try {
      return channelFigures(segment);
    } catch (error) {
      if (BusError.is(error)) return error;
      throw error;
    }
  }
}

export const SORTS = ['name', 'rate', 'lag', 'used'] as const;
export type Sort = (typeof SORTS)[number];

export function sortSamples(samples: readonly ChannelSample[], sort: Sort): ChannelSample[] {
  const lag = ({ figures }: ChannelSample): number =>
    Math.max(0, ...figures.consumers.map((one) => (one.gating === undefined ? 0 : (one.lag?.messages ?? 0))));
  const keys: Record<Sort, (sample: ChannelSample) => number | string> = {
    name: ({ figures }) => figures.channel,
    rate: ({ messagesPerSecond }) => -(messagesPerSecond ?? 0),
    lag: (sample) => -lag(sample),
    used: ({ figures }) => -figures.utilization,
  };
  const key = keys[sort];
  return samples.toSorted((left, right) => {
    const [a, b] = [key(left), key(right)];
    if (a === b) return left.figures.channel < right.figures.channel ? -1 : 1;
    return a < b ? -1 : 1;
  });
}
