import { checkHealth, type HealthReport, type HealthSurroundings } from '../observe/health/check-health.js';
import { WatchedChannels } from '../observe/watched-channels.js';
import { clockSource } from '../platform/clock-source.js';
import type { HealthThresholds } from '../observe/health/thresholds.js';
import { expectedChannel } from './config-difference.js';
import type { ResolvedChannel } from './config/index.js';

/** What channels are judged by beside what is seen of them: what the configuration says of them, and the machine's clock. */
export function healthSurroundings(configured: Iterable<ResolvedChannel | undefined>): HealthSurroundings {
  const known = [...configured].filter((channel) => channel !== undefined);
  return {
    clockSource: clockSource(),
    expected: new Map(known.map((channel) => [channel.name, expectedChannel(channel)])),
  };
}

/** Looks at the channels of a bus again and again, and judges them. What is mapped for it stays so until it is disposed. */
export class BusHealth implements Disposable {
  private readonly thresholds: Partial<HealthThresholds>;
  private readonly watched: WatchedChannels;

  constructor(directory: string, thresholds: Partial<HealthThresholds>) {
    this.thresholds = thresholds;
    this.watched = new WatchedChannels(directory);
  }

  /** Of these channels; `configured` is undefined for one that only has a segment. Those without a segment count as well. */
  check(channels: ReadonlyMap<string, ResolvedChannel | undefined>): HealthReport {
    const seen = this.watched.look([...channels.keys()], 'none');
    const report = checkHealth(seen, this.thresholds, healthSurroundings(channels.values()));
    return { ...report, channels: channels.size };
  }

  [Symbol.dispose](): void {
    this.watched[Symbol.dispose]();
  }
}
