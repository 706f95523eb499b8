import type { LatencySummary } from './latency-histogram.js';
import type { TallyReport } from './tally.js';

/*
 * What the launcher and the services say to each other, over the IPC channel that Node gives a forked process. Only
 * control and figures go this way; the messages of the pipeline go over the bus.
 */

/** What every service is told at its start. */
export interface RunSettings {
  /** Path of the TOML file. */
  readonly config: string;
  /** The private folder of this run's segments. */
  readonly directory: string;
  /** The clock of the run: see clock.ts. */
  readonly epochOffsetNs: string;
  readonly input: string | undefined;
  readonly seed: number;
  /** Quotes per second; 0 is as fast as backpressure allows. */
  readonly rate: number;
  /** 0: until the input ends. */
  readonly durationMs: number;
}

export type ToService = { readonly kind: 'go' } | { readonly kind: 'stop' };

export type FromService =
  /** Attached to all its channels. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly report: ServiceReport }
  /** All inputs have ended, all outputs are written. */
  | { readonly kind: 'done'; readonly report: ServiceReport }
  | { readonly kind: 'failed'; readonly message: string };

export interface ServiceReport {
  readonly service: string;
  readonly endpoints: readonly EndpointReport[];
  /** What the service found out, for the summary. */
  readonly facts: Readonly<Record<string, number | string>>;
  /** The collector: how much of its work is done, 0..1. */
  readonly progress?: number | undefined;
  /** The risk monitor and the execution engine: from the collector to here. */
  readonly endToEnd?: LatencySummary | undefined;
}

export interface EndpointReport {
  readonly channel: string;
  readonly role: 'producer' | 'consumer';
  /** A producer has one, its own; a consumer one for each producer it heard from. */
  readonly tallies: readonly TallyReport[];
  /** Messages that are written and not yet read; producers: 0. */
  readonly lag: number;
  /** Breaks in the channel's sequence, and messages lost; both must be 0. */
  readonly gaps: number;
  readonly lost: number;
  /** From the producer's write to this consumer; live reports: since the last one. */
  readonly latency?: LatencySummary | undefined;
}
