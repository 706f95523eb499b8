import type { BusConfig, ChannelType, PersistenceConfig } from 'alphapulse-bus';

/** What the tests of recording and their actors share. */
export const RECORDED = 'recorded';

export interface RecordedOptions {
  readonly type: ChannelType;
  readonly journal: string;
  readonly mode?: 'BlockProducer' | 'DropOldest';
  readonly persistence?: PersistenceConfig;
}

/** A channel that is recorded in a folder; producers give up after half a minute. */
export function recordedConfig({
  type,
  journal,
  mode = 'BlockProducer',
  persistence = {},
}: RecordedOptions): BusConfig {
  return {
    channels: {
      [RECORDED]: {
        type,
        producer: 'writer',
        consumers: ['reader', ...(type.endsWith('MC') ? ['keeper'] : [])],
        bufferSize: '256KB',
        messageSizeMax: 1000,
        backpressure: { mode, timeoutMs: 30_000 },
        persistence: { persistencePath: journal, segmentSize: '1MB', ...persistence },
      },
    },
  };
}

/** The payload of the message that is the n-th of its writer. */
export function recordedMessage(n: number): Uint8Array {
  return new TextEncoder().encode(`${n}:`.padEnd(16 + ((n * 31) % 400), 'x'));
}

export function numberOfRecorded(text: string): number {
  return Number(text.slice(0, text.indexOf(':')));
}
