import { join } from 'node:path';
import type { IdleStrategy, MessageView } from 'alphapulse-bus';
import type { Quantiles } from '../statistics/quantiles.js';
import type { BenchChannel } from './channel.js';

/*
 * What sender and sleeper of a wake-up scenario agree on. Messages go over the bus and over a bare FIFO (or futex) in turn,
 * between the same two processes: so whatever the machine does meanwhile, it does to both.
 */

export interface WakeSettings {
  readonly channel: BenchChannel;
  /** How the consumer waits on the bus. */
  readonly idle: IdleStrategy;
  /** What the bus is compared with. */
  readonly bare: 'fifo' | 'futex';
  /** Messages sent earlier than this after the start are not counted. */
  readonly warmupNs: number;
  readonly durationNs: number;
}

/** From just before the write to the handler, in ns. */
export interface WakeQuantiles {
  readonly bus: Quantiles;
  readonly bare: Quantiles;
}

/** Between two messages, in ns, at random. */
export const SHORTEST_PAUSE_NS = 1e6;
export const LONGEST_PAUSE_NS = 3e6;

/** Sent on the bus in place of a time, it says that it was the last one. */
export const OVER = -1;

export function barePath({ directory }: BenchChannel): string {
  return join(directory, 'bare');
}

/** How many messages of each kind there are at most. */
export function samplesMax(settings: WakeSettings): number {
  return Math.ceil(settings.durationNs / SHORTEST_PAUSE_NS / 2) + 1;
}

/** When a message was sent. */
export function sentAt(message: MessageView): number {
  return message.view.getFloat64(message.offset, true);
}
