import { checkHealth, type HealthReport, type HealthSurroundings } from '../../../observe/health/check-health.js';
import type { HealthFinding } from '../../../observe/health/finding.js';
import type { HealthThresholds } from '../../../observe/health/thresholds.js';
import { WatchedChannels, type UnusableChannel } from '../../../observe/watched-channels.js';
import { ChannelTrack, type ChannelSample } from './channel-track.js';

/** All that one look shows. */
export interface TopLook {
  readonly samples: readonly ChannelSample[];
  readonly unusable: readonly UnusableChannel[];
  readonly health: HealthReport;
}

/** What can be seen of the channels of a directory; looks as often as it is asked, and stores nothing in a segment. */
export class TopModel implements Disposable {
  private readonly watched: WatchedChannels;
  private readonly windowMs: number;
  private tracks = new Map<string, ChannelTrack>();

  /** Recent latencies are those of the last `windowMs` to twice as many; 0: since the last look. */
  constructor(directory: string, windowMs = 0) {
    this.watched = new WatchedChannels(directory);
    this.windowMs = windowMs;
  }

  /** `nowMs` is monotonic. Channels without a segment are left out. Thresholds that are not given are the usual ones. */
  sample(
    channels: readonly string[],
    nowMs: number,
    thresholds: Partial<HealthThresholds> = {},
    surroundings: HealthSurroundings = {},
  ): TopLook {
    const seen = this.watched.look(channels);
    const health = checkHealth(seen, thresholds, surroundings);
    const findings = findingsByChannel(health);
    const samples: ChannelSample[] = [];
    const unusable: UnusableChannel[] = [];
    const tracks = new Map<string, ChannelTrack>();
    for (const figures of seen) {
      if ('reason' in figures) {
        unusable.push(figures);
        continue;
      }
      const name = figures.channel;
      const kept = this.tracks.get(name);
      const track = kept?.createdNs === figures.createdNs ? kept : new ChannelTrack(figures, this.windowMs);
      tracks.set(name, track);
      samples.push(track.look(figures, findings.get(name) ?? [], nowMs));
    }
    this.tracks = tracks;
    return { samples, unusable, health };
  }

  /** Counts from the last look on. Only this view does: the channels, and who else looks at them, do not notice. */
  beginAnew(): void {
    for (const track of this.tracks.values()) track.beginAnew();
  }

  [Symbol.dispose](): void {
    this.watched[Symbol.dispose]();
  }
}

function findingsByChannel({ findings }: HealthReport): Map<string, HealthFinding[]> {
  const found = new Map<string, HealthFinding[]>();
  for (const finding of findings) {
    if (finding.channel === undefined) continue;
    const others = found.get(finding.channel);
    if (others === undefined) found.set(finding.channel, [finding]);
    else others.push(finding);
  }
  return found;
}
