import { fstatSync } from 'node:fs';
import { reapForOthers } from '../channel/reaper.js';
import { hasClaims } from '../layout/geometry.js';
import { CONTROL } from '../layout/schema.js';
import { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { SENT_SCRATCH } from '../ring/producer-ring.js';
import { compareLooks, emptyLook, withEndsKept, type LifecycleEvent, type Look } from './events.js';
import { inspectEndpoints } from './inspect.js';
import { noteSights } from './sights.js';

/** A file that cannot be used is looked at again after so long. */
const RETRY_NS = 1e9;

/**
 * Watches one channel from outside: looks at its segment again and again, and tells what has changed. It has an open file
 * and a mapping of its own, so that it sees the tokens of this process's endpoints as those of all others.
 */
export class ChannelWatch {
  private readonly directory: string;
  private readonly channel: string;
  private segment: Segment | undefined;
  /** Which file was looked at last. */
  private file = '';
  /** The last look; undefined before the first, which is what the next ones are compared with. */
  private last: Look | undefined;
  private retryNs = 0;

  constructor(directory: string, channel: string) {
    this.directory = directory;
    this.channel = channel;
  }

  /** What has happened since the last call; the first finds things as they are, and answers nothing. */
  changes(nowNs: number): LifecycleEvent[] {
    if (nowNs < this.retryNs) return [];
    try {
      const look = this.look(nowNs) ?? emptyLook(this.channel);
      const { last } = this;
      this.last = last === undefined ? look : withEndsKept(last, look);
      return last === undefined ? [] : compareLooks(last, this.last);
    } catch (error) {
      if (!BusError.is(error)) throw error;
      // Damaged, or another version's, or there are no descriptors left: nothing can be said of it now.
      this.close();
      this.retryNs = nowNs + RETRY_NS;
      return [];
    }
  }

  close(): void {
    this.segment?.close();
    this.segment = undefined;
  }

  private look(nowNs: number): Look | undefined {
    // One that somebody removed: whoever is in it is not heard of any more.
    if (this.segment?.isTruncated() === true || this.segment?.isLinked() === false) this.close();
    this.segment ??= this.open();
    const { segment, channel } = this;
    if (segment === undefined) return undefined;
    reapForOthers(segment, nowNs);
    const endpoints = inspectEndpoints(segment, nowNs);
    noteSights(segment, nowNs);
    segment.scratch.stamp(SENT_SCRATCH);
    const atNs = segment.scratch.view.getBigUint64(SENT_SCRATCH, true);
    const hasOneProducer = !hasClaims(segment.shape.type);
    return { channel, atNs, hasOneProducer, repairs: segment.control.getFloat64(CONTROL.at.repairs), endpoints };
  }

  private open(): Segment | undefined {
    const segment = Segment.openExisting(this.directory, this.channel, { ringWritable: false });
    if (segment === undefined) return undefined;
    const { dev, ino } = fstatSync(segment.fd);
    const file = `${dev}:${ino}`;
    // All that is in another file is new, whatever it looks like.
    if (this.file !== file && this.last !== undefined) this.last = emptyLook(this.channel);
    this.file = file;
    return segment;
  }
}
