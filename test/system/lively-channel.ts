import type { BusConfig, ChannelType, ConsumerPolicyConfig } from 'alphapulse-bus';

/** What the tests of liveness and their actors share. */
export const LIVELY = 'lively';

/** A channel with a consumer `reader` that has this policy; producers give up after half a minute. */
export function livelyConfig(policy: ConsumerPolicyConfig, type: ChannelType = 'SPMC'): BusConfig {
  return {
    channels: {
      [LIVELY]: {
        type,
        producer: 'feed',
        consumers: ['reader', 'watcher'],
        consumer: { reader: policy },
        bufferSize: '64KB',
        messageSizeMax: 1000,
        backpressure: { timeoutMs: 30_000 },
      },
    },
  };
}
