import type { BusConfig } from 'alphapulse-bus';

/** One producer, and one that waits for its end. */
export const QUOTES = 'quotes';
/** Two producers, one of which dies inside a claim. */
export const ORDERS = 'orders';
/** A producer waits for a consumer, which dies. */
export const TRADES = 'trades';

export const FAILURE_TIMEOUT_MS = 100;

export const config: BusConfig = {
  channels: {
    [QUOTES]: { type: 'SPMC', producers: ['primary', 'backup'], consumers: ['reader'], bufferSize: '1MB' },
    [ORDERS]: { type: 'MPSC', producers: ['claimant', 'writer'], consumer: 'reader', bufferSize: '1MB' },
    [TRADES]: {
      type: 'SPSC',
      producer: 'writer',
      consumers: ['reader'],
      bufferSize: '64KB',
      backpressure: { mode: 'BlockProducer', timeoutMs: 60_000 },
      consumer: { reader: { failureTimeoutMs: FAILURE_TIMEOUT_MS } },
    },
  },
};
