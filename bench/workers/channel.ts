import { MessageBus, type BackpressureConfig, type BusConfig, type ChannelType } from 'alphapulse-bus';

export const CHANNEL = 'bench';

/** A channel of a scenario, as its workers open it. */
export interface BenchChannel {
  readonly directory: string;
  readonly name: string;
  readonly type: ChannelType;
  readonly ringBytes: number;
  readonly messageBytes: number;
  /** Default: writers wait. */
  readonly backpressure?: BackpressureConfig;
  /** Default: the bus's own. */
  readonly latencySampling?: number | undefined;
}

/** Longer than any worker is ever kept waiting: a full ring is not what is measured. */
const TIMEOUT_MS = 30_000;

/** The bus of a worker that produces or consumes on these channels, under any of the names that are declared. */
export function openBus(service: string, channels: readonly BenchChannel[]): Promise<MessageBus> {
  const config: BusConfig = {
    channels: Object.fromEntries(
      channels.map(({ name, type, ringBytes, messageBytes, backpressure, latencySampling }) => [
        name,
        {
          type,
          ...(type.startsWith('S') ? { producer: 'producer' } : { producers: ['producer'] }),
          ...(type.endsWith('SC') ? { consumer: 'consumer' } : { consumers: ['consumer'] }),
          bufferSize: ringBytes,
          messageSizeMax: Math.max(messageBytes, 64),
          latencySampling,
          backpressure: backpressure ?? { mode: 'BlockProducer', timeoutMs: TIMEOUT_MS },
        },
      ]),
    ),
  };
  return MessageBus.open({ service, config, directory: channels[0]!.directory });
}
