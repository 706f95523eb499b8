import { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';

/**
 * Segments of a directory for whoever looks at them again and again: each stays mapped from look to look, as mapping it anew
 * costs more than the look. One that was removed, replaced or cut off is let go.
 */
export class WatchedSegments implements Disposable {
  private readonly directory: string;
  private readonly open = new Map<string, Segment>();

  constructor(directory: string) {
    this.directory = directory;
  }

  /** The channel's segment; undefined when it has none; the error when what is there cannot be looked at. */
  get(channel: string): Segment | BusError | undefined {
    const kept = this.open.get(channel);
    if (kept !== undefined) {
      if (kept.isLinked() && !kept.isTruncated()) return kept;
      this.letGo(channel, kept);
    }
    try {
      const segment = Segment.openExisting(this.directory, channel, { ringWritable: false });
      if (segment !== undefined) this.open.set(channel, segment);
      return segment;
    } catch (error) {
      if (BusError.is(error)) return error;
      throw error;
    }
  }

  /** Lets go of all but these. */
  keepOnly(channels: readonly string[]): void {
    const wanted = new Set(channels);
    for (const [channel, segment] of this.open) if (!wanted.has(channel)) this.letGo(channel, segment);
  }

  [Symbol.dispose](): void {
    this.keepOnly([]);
  }

  private letGo(channel: string, segment: Segment): void {
    this.open.delete(channel);
    segment.close();
  }
}
