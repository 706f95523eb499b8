import type { ChannelConfig } from '../../bus/config/index.js';
import type { ChannelType } from '../../layout/schema.js';
import { CONSUMER_FATES, PRODUCER_FATES } from './fates.js';
import { LENGTH_MAX } from './payload.js';

/** How a consumer's process reads. All of them hand a message out before the cursor moves: nothing is missed by a kill. */
export type Way = 'wait' | 'subscribe' | 'poll';

/**
 * A channel under fire, as data: another mode of backpressure, or policy of consumers, is another one of these. Names of
 * services are given by the storm: `producer_0` and so on.
 */
export interface Scenario {
  readonly name: string;
  /** The channel as the configuration has it; who produces and consumes comes from the counts below. */
  readonly channel: Omit<ChannelConfig, 'producer' | 'producers' | 'consumer' | 'consumers'>;
  /** Processes that write, or wait to: of a type with one producer, all but one wait for its place. */
  readonly producers: number;
  /** Of those, the ones that live long, so that somebody writes while others die. */
  readonly steadyProducers: number;
  readonly consumers: number;
  /** What becomes of producers; see {@link PRODUCER_FATES}. */
  readonly producerFates: typeof PRODUCER_FATES;
  readonly consumerFates: typeof CONSUMER_FATES;
  readonly ways: readonly Way[];
  /** Nobody waits for the consumers: what they lose is counted, and exact, but not forbidden. */
  readonly mayBeOvertaken: boolean;
}

const CHANNEL = {
  bufferSize: '1MB',
  messageSizeMax: LENGTH_MAX,
  backpressure: { mode: 'BlockProducer', timeoutMs: 30_000 },
} as const;

const USUAL = {
  producerFates: PRODUCER_FATES,
  consumerFates: CONSUMER_FATES,
  ways: ['wait', 'wait', 'subscribe', 'poll'],
  mayBeOvertaken: false,
} as const;

export const SCENARIOS: readonly Scenario[] = [
  { ...USUAL, name: 'SPSC', channel: { ...CHANNEL, type: 'SPSC' }, producers: 4, steadyProducers: 0, consumers: 1 },
  { ...USUAL, name: 'SPMC', channel: { ...CHANNEL, type: 'SPMC' }, producers: 4, steadyProducers: 0, consumers: 2 },
  { ...USUAL, name: 'MPSC', channel: { ...CHANNEL, type: 'MPSC' }, producers: 5, steadyProducers: 1, consumers: 1 },
  { ...USUAL, name: 'MPMC', channel: { ...CHANNEL, type: 'MPMC' }, producers: 5, steadyProducers: 1, consumers: 2 },
];

/** What a channel does under fire when consumers fall behind. */
export const MODES = ['BlockProducer', 'DropOldest'] as const;
export type Mode = (typeof MODES)[number];

/** The same processes on a channel in which nobody waits for consumers, and so small that a stopped one is overtaken. */
function droppingOldest(scenario: Scenario): Scenario {
  const { timeoutMs } = CHANNEL.backpressure;
  const channel = { ...scenario.channel, bufferSize: '64KB', backpressure: { mode: 'DropOldest', timeoutMs } } as const;
  return { ...scenario, name: `${scenario.name} DropOldest`, channel, mayBeOvertaken: true };
}

export function inMode(scenarios: readonly Scenario[], mode: Mode): readonly Scenario[] {
  return mode === 'DropOldest' ? scenarios.map(droppingOldest) : scenarios;
}

export const CHANNEL_TYPES: readonly ChannelType[] = ['SPSC', 'SPMC', 'MPSC', 'MPMC'];
