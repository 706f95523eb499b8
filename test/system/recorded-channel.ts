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

/** The same channel as in {@link recordedConfig}, as a file. */
export function recordedToml({ type, journal, mode = 'BlockProducer', persistence = {} }: RecordedOptions): string {
  const names: Readonly<Record<string, string>> = {
    fsync: 'fsync',
    fsyncIntervalMs: 'fsync_interval_ms',
    retention: 'retention',
    onFailure: 'on_failure',
  };
  return [
    `[channels.${RECORDED}]`,
    `type = "${type}"`,
    'producer = "writer"',
    `consumers = ${JSON.stringify(['reader', ...(type.endsWith('MC') ? ['keeper'] : [])])}`,
    'buffer_size = "256KB"',
    'message_size_max = 1000',
    `backpressure.mode = "${mode}"`,
    'backpressure.timeout_ms = 30000',
    `[channels.${RECORDED}.persistence]`,
    `persistence_path = "${journal}"`,
    'segment_size = "1MB"',
    ...Object.entries(persistence).map(([key, value]) => `${names[key]} = ${JSON.stringify(value)}`),
  ].join('\n');
}

/** The payload of the message that is the n-th of its writer. */
export function recordedMessage(n: number): Uint8Array {
  return new TextEncoder().encode(`${n}:`.padEnd(16 + ((n * 31) % 400), 'x'));
}

export function numberOfRecorded(text: string): number {
  return Number(text.slice(0, text.indexOf(':')));
}
