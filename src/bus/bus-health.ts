import { checkHealth, type HealthReport } from '../observe/health/check-health.js';
import { WatchedChannels, type SeenChannel } from '../observe/watched-channels.js';
import { clockSource } from '../platform/clock-source.js';
import type { HealthThresholds } from '../observe/health/thresholds.js';
import { configDifference } from './config-difference.js';
import type { ResolvedChannel } from './config/index.js';

/** Looks at the channels of a bus again and again, and judges them. What is mapped for it stays so until it is disposed. */
export class BusHealth implements Disposable {
  private readonly thresholds: Partial<HealthThresholds>;
  private readonly watched: WatchedChannels;
  private readonly clock = clockSource();

  constructor(directory: string, thresholds: Partial<HealthThresholds>) {
    this.thresholds = thresholds;
    this.watched = new WatchedChannels(directory);
  }

  /** Of these channels; `configured` is undefined for one that only has a segment. Those without a segment count as well. */
  check(channels: ReadonlyMap<string, ResolvedChannel | undefined>): HealthReport {
    const seen = this.watched.look([...channels.keys()], 'none');
    const report = checkHealth([...seen, ...refusals(seen, channels)], this.thresholds, { clockSource: this.clock });
    return { ...report, channels: channels.size };
  }

  [Symbol.dispose](): void {
    this.watched[Symbol.dispose]();
  }
}

/** Those that refuse every service with this configuration. */
function refusals(
  seen: readonly SeenChannel[],
  channels: ReadonlyMap<string, ResolvedChannel | undefined>,
): SeenChannel[] {
  return seen.flatMap((one) => {
    const configured = channels.get(one.channel);
    if ('reason' in one || configured === undefined) return [];
    const difference = configDifference(one, configured);
    return difference === undefined ? [] : { channel: one.channel, code: difference.code, reason: difference.message };
  });
}
