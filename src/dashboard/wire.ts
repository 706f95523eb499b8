/*
 * What the server tells the page, as JSON. Both sides are compiled against this file; it holds types and nothing else.
 */

/** An interval's latencies, ns; `count` 0 has nothing else. */
export interface LatencyView {
  readonly count: number;
  readonly p50?: number;
  readonly p99?: number;
  readonly p999?: number;
  readonly max?: number;
}

export interface EndpointView {
  readonly role: 'producer' | 'consumer';
  readonly name: string;
  readonly slot: number;
  readonly pid: number;
  readonly state: 'alive' | 'stalled' | 'suspect' | 'dead' | 'detached';
  readonly reason?: string | undefined;
  /** Since the channel began. */
  readonly messages: number;
  /** Since the last look. */
  readonly perSecond: number;
  /** Of consumers: how far behind, what it will never see, and whether producers wait for it. */
  readonly lag?: number | undefined;
  readonly lagMs?: number | undefined;
  readonly lost?: number | undefined;
  readonly gates?: boolean | undefined;
  /** Of a consumer: from the producer's call to the handler. Of a producer: its writes. Of the interval. */
  readonly latency?: LatencyView | undefined;
}

export interface JournalView {
  readonly state: 'recording' | 'stopped' | 'skipping' | 'none';
  readonly error?: string | undefined;
  /** Records that are not in the journal yet. */
  readonly behind: number;
  readonly gaps: number;
  readonly failures: number;
}

/** A channel as it was at the last look. */
export interface ChannelView {
  readonly name: string;
  /** `live`: somebody who lives has it open. `unusable`: what is there cannot be looked at, `fault` says why. */
  readonly state: 'live' | 'idle' | 'unusable';
  /** Its rates and latencies are those since the look before. A first look at a segment has none, and is no point over time. */
  readonly isMeasured: boolean;
  readonly fault?: { readonly code: string; readonly message: string };
  readonly type: string;
  readonly mode: string;
  readonly capacityBytes: number;
  /** Sequence of the next record. */
  readonly written: number;
  readonly perSecond: number;
  readonly bytesPerSecond: number;
  /** 0 to 1. */
  readonly used: number;
  /** Of the slowest consumer that lives. */
  readonly lag: number;
  readonly lost: number;
  readonly repairs: number;
  /** For whom producers wait. */
  readonly waitsFor?: string | undefined;
  readonly breaker?: string | undefined;
  readonly journal?: JournalView | undefined;
  readonly latency: LatencyView;
  readonly endpoints: readonly EndpointView[];
}

export interface EventView {
  /** ms since the epoch: of the look that noticed it. */
  readonly at: number;
  readonly type: string;
  readonly channel: string;
  readonly who?: string | undefined;
  readonly pid?: number | undefined;
  readonly text: string;
  readonly isBad: boolean;
}

export interface HealthView {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  /** The worst first. */
  readonly findings: readonly {
    readonly severity: 'degraded' | 'unhealthy';
    readonly code: string;
    readonly channel?: string | undefined;
    readonly endpoint?: string | undefined;
    readonly found: string;
    readonly advice: string;
  }[];
  /** Findings that are too many to be shown. */
  readonly omitted: number;
}

/** One look, as it is sent: only the channels in which something has changed, unless it is `whole`. */
export interface LookMessage {
  /** ms since the epoch. */
  readonly at: number;
  /** When this server looked first, ms since the epoch. A message with another one comes from another server. */
  readonly began: number;
  /** It has not looked for longer than it should: charts have a gap before this look. */
  readonly isAfterGap: boolean;
  readonly intervalMs: number;
  /** Where the channels are; of a capture its file, and when it was made. */
  readonly directory: string;
  /** It has all channels, and all events that are kept, the newest last. */
  readonly isWhole: boolean;
  readonly channels: readonly ChannelView[];
  /** Channels whose segment is not there any more. */
  readonly gone: readonly string[];
  readonly events: readonly EventView[];
  readonly health?: HealthView | undefined;
  /** Channels that are too many to be shown. */
  readonly omitted: number;
  /** Why nothing could be looked at. */
  readonly fault?: string | undefined;
}

/** What is measured over time of a channel; `used` from 0 to 1, latencies in ns. */
export type HistoryColumn = 'perSecond' | 'used' | 'lag' | 'p50' | 'p99' | 'p999';

/**
 * What `/api/history` answers: columns of equal length, oldest row first, the last one of the last look. In a gap all are
 * null; otherwise only latencies are, where none was timed.
 */
export interface HistoryAnswer extends Readonly<Record<HistoryColumn, readonly (number | null)[]>> {
  readonly channel: string;
  /** ms since the epoch, ascending. */
  readonly at: readonly number[];
}

/** What `/api/messages` answers. */
export interface MessagesAnswer {
  readonly channel: string;
  readonly oldest: number;
  /** Sequence of the next record. */
  readonly next: number;
  readonly messages: readonly MessageEntry[];
  /** Some were left out, because they are large. */
  readonly isCut: boolean;
}

export interface MessageEntry {
  readonly sequence: number;
  readonly time?: string | undefined;
  readonly producer: string;
  readonly bytes: number;
  readonly tlvs?: readonly {
    readonly type: number;
    readonly name?: string | undefined;
    readonly value?: unknown;
    readonly hex?: string;
  }[];
  readonly text?: string;
  readonly hex?: string;
  /** Only the beginning was decoded. */
  readonly isCut?: boolean;
}

export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string };
}
