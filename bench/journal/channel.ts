import type { BusConfig } from 'alphapulse-bus';

export const JOURNALED = 'journaled';

/** What one run is about; passed to the writer as JSON. */
export interface WriterTask {
  readonly directory: string;
  /** Folder of the journal; undefined: the channel is not recorded. */
  readonly journal: string | undefined;
  readonly messageBytes: number;
  readonly seconds: number;
  /** Messages a second, in bursts; undefined: as many as the channel takes. */
  readonly rate?: number | undefined;
}

/** What a writer has done. */
export interface Written {
  readonly written: number;
  /** Of all of it; of it, the time in which it wrote; and until all of it was durable, where it was recorded. */
  readonly elapsedNs: number;
  readonly busyNs: number;
  /** Of a burst, the median. */
  readonly burstNs: number;
  readonly durableNs: number;
}

/** Messages in a burst of a paced writer: a small part of the ring. */
export const BURST = 1000;

/** Ring 16 MB, as fast as the slowest reader takes it. */
export function journaledConfig(journal: string | undefined): BusConfig {
  return {
    channels: {
      [JOURNALED]: {
        type: 'SPMC',
        producer: 'writer',
        consumers: ['reader'],
        bufferSize: '16MB',
        messageSizeMax: '64KB',
        backpressure: { timeoutMs: 60_000 },
        ...(journal !== undefined && { persistence: { persistencePath: journal, fsync: 'interval' } }),
      },
    },
  };
}
