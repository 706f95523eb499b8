import type { BusConfig } from 'alphapulse-bus';

export const WORKER_CONFIG: BusConfig = {
  channels: {
    shared: {
      type: 'SPMC',
      producer: 'writer',
      consumers: ['reader'],
      bufferSize: '64KB',
      backpressure: { mode: 'BlockProducer', timeoutMs: 20_000 },
    },
  },
};
