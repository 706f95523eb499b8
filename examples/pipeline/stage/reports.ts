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
  /** The folder was made for this run: if the launcher dies, its services remove it. */
  readonly directoryIsTemporary: boolean;
  readonly input: string | undefined;
  readonly seed: number;
  /** Quotes per second; 0 is as fast as backpressure allows. */
  readonly rate: number;
  /** 0: until the input ends. */
  readonly durationMs: number;
  /** Without a launcher: the channels never end, the service does when it is told to; others may kill it. */
  readonly isAlone: boolean;
  /** Services are killed and started again: this is process number `life` of its service, counted from 0. */
  readonly chaos:
    | { readonly life: number; readonly producers: Readonly<Record<string, readonly string[]>> }
    | undefined;
}

export type ToService =
  | { readonly kind: 'go' }
  /** To the collector: no more quotes. */
  | { readonly kind: 'stop' }
  /** To each consumer of a channel, when all its producers have ended: the sequence after the last message. */
  | { readonly kind: 'end'; readonly channel: string; readonly nextSequence: number };

export type FromService =
  /** Attached to all its channels. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly report: ServiceReport }
  /** A producer has written its last message; `nextSequence` is the one after it, 0 if it wrote none. */
  | { readonly kind: 'ended'; readonly channel: string; readonly nextSequence: number }
  /** All inputs have ended, all outputs are written. */
  | { readonly kind: 'done'; readonly report: ServiceReport }
  /** `badInput`: the quotes are not what they should be, and no part of the system is to blame. */
  | { readonly kind: 'failed'; readonly message: string; readonly badInput: boolean };

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
