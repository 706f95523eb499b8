import type { ConsumerPolicy } from '../channel/consumer-policy.js';
import type { OpenPast } from '../channel/past.js';
import { journalStatus, type JournalStatus } from '../journal/journal-status.js';
import { openPast } from '../journal/open-past.js';
import { RECORDER } from '../journal/recorder-name.js';
import { recorderPolicy } from '../journal/recorder.js';
import { RecorderHost } from '../journal/recorder-host.js';
import { Segment } from '../layout/segment.js';
import { notRecorded } from './bus-refusals.js';
import type { ResolvedChannel } from './config/index.js';
import type { Logger } from './options.js';

/** The recorded channels of one bus. */
export class Recordings {
  private readonly directory: string;
  private readonly logger: Logger | undefined;
  private readonly hosts = new Map<string, RecorderHost>();

  constructor(directory: string, logger: Logger | undefined) {
    this.directory = directory;
    this.logger = logger;
  }

  /** Sees to it, from now on, that the channel is recorded; it has a segment. */
  ensure({ name, persistence }: ResolvedChannel): void {
    if (persistence === undefined || this.hosts.has(name)) return;
    const segment = Segment.openExisting(this.directory, name, { ringWritable: false });
    if (segment === undefined) return;
    this.hosts.set(name, new RecorderHost(segment, persistence, (text) => this.warn(name, text)));
  }

  /** The recorder, if producers of the channel wait for it whether it is attached or not. */
  kept({ persistence, backpressure }: ResolvedChannel): readonly [string, ConsumerPolicy][] {
    if (persistence === undefined) return [];
    const policy = recorderPolicy(backpressure.mode);
    return policy.gating === 'always' ? [[RECORDER, policy]] : [];
  }

  /** Opens what was before the ring, if the channel has that, and consumers may read it. */
  past({ persistence }: ResolvedChannel, segment: Segment): OpenPast | undefined {
    if (persistence === undefined || !persistence.replay) return undefined;
    return (from, onGap) => openPast(segment, persistence, from, onGap);
  }

  /** @throws BusError `ERR_JOURNAL` for a channel that is not recorded */
  status({ name, persistence }: ResolvedChannel): JournalStatus {
    if (persistence === undefined) throw notRecorded(name);
    const segment = Segment.openExisting(this.directory, name, { ringWritable: false });
    if (segment === undefined) return NOTHING_YET;
    try {
      const status = journalStatus(segment);
      // of a thread that is not there
      const failure = status.state === 'none' ? this.hosts.get(name)?.error?.message : undefined;
      return { ...status, error: status.error ?? failure };
    } finally {
      segment.close();
    }
  }

  /** What concerns the safety of data is said to somebody in any case. */
  private warn(channel: string, text: string): void {
    if (this.logger === undefined) process.emitWarning(text, { code: 'APBUS_JOURNAL' });
    else this.logger.warn({ channel }, text);
  }

  async close(): Promise<void> {
    await Promise.all([...this.hosts.values()].map((host) => host.close()));
    this.hosts.clear();
  }
}

const NOTHING_YET: JournalStatus = {
  state: 'none',
  error: undefined,
  written: 0,
  durable: 0,
  gaps: 0,
  failures: 0,
  recorderPid: undefined,
};
