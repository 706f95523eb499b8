import type { PeerName } from './link.js';

/** What the two sides of a run have to know. */
export interface ExchangeSettings {
  readonly peer: PeerName;
  readonly what: 'throughput' | 'round-trip';
  readonly messageBytes: number;
  readonly address: string;
  readonly warmupNs: number;
  readonly measureNs: number;
  /** Where the receiver's main thread runs, or undefined: not bound. */
  readonly receiverProcessor: number | undefined;
}

/** What goes between the sides beside the messages that are measured. */
export type Control =
  | { readonly control: 'ready' }
  /** The receiver has got so many messages. */
  | { readonly control: 'credit'; readonly received: number }
  | { readonly control: 'rate'; readonly rate: number; readonly received: number };

/** Messages on their way at most: not every peer says when to stop, and memory is not what is measured. */
export const WINDOW = 8192;
export const CREDIT_EVERY = 1024;

export function isControl(message: unknown): message is Control {
  return typeof message === 'object' && message !== null && 'control' in message;
}
