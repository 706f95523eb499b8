import { blockerOf, type BlockingEndpoint } from '../channel/blocker.js';
import { journalStatus, type JournalStatus } from '../journal/journal-status.js';
import type { Agreement } from '../layout/agreement.js';
import { hasClaims } from '../layout/geometry.js';
import {
  CELL_BYTES,
  CONSUMER_SLOT,
  CONTROL,
  GatingPolicy,
  MemoryGrant,
  PRODUCER_SLOT,
  consumerSlotOffset,
  producerSlotOffset,
} from '../layout/schema.js';
import type { CapturedMoment } from '../layout/captured-moment.js';
import { joinHalves } from '../layout/record.js';
import { locateSegment } from '../layout/segment-place.js';
import type { Segment } from '../layout/segment.js';
import { inspectEndpoints, type EndpointInfo } from '../liveness/inspect.js';
import { systemWallClock } from '../platform/clock.js';
import { gatingPosition } from '../ring/gating.js';
import { RingHistory, receivedNs } from '../ring/join.js';
import { SENT_SCRATCH } from '../ring/producer-ring.js';
import { RingWalker } from '../ring/walker.js';
import { Latencies, type LatencyRoom } from './latencies.js';

const { at } = CONTROL;
const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
/** From here on it is told who holds the end of the ring, also while no producer waits. */
const NEARLY_FULL = 0.9;
const GATING: Readonly<Record<number, string>> = {
  [GatingPolicy.NEVER]: 'never',
  [GatingPolicy.ATTACHED]: 'attached',
  [GatingPolicy.ALWAYS]: 'always',
};

export type Counters = Readonly<Record<string, number>>;

export interface EndpointFigures extends EndpointInfo {
  /**
   * Of a producer of an SPSC or SPMC channel `messages` are those of the channel, which it goes on with; those before it have
   * none, and none has `messageBytes`.
   */
  readonly counters: Counters;
  /** Of a producer: from the call of a write to its return. Undefined: not measured, as the slot has no histogram, or not asked for. */
  readonly writeLatency?: Latencies | undefined;
  /** Of a consumer: messages waiting in the ring; from the producer's call to the handler; the handler itself. */
  readonly queueLatency?: Latencies | undefined;
  readonly totalLatency?: Latencies | undefined;
  readonly handlingLatency?: Latencies | undefined;
  /** Of a consumer: how long its next message has been waiting, ms; 0 when there is none, undefined when it does not say. */
  readonly lagMs?: number | undefined;
  /** Of a consumer: how producers treat it. */
  readonly policy?:
    | { readonly gating: string; readonly failureTimeoutMs: number; readonly stalledAfterMs: number }
    | undefined;
  /** Of a consumer: sequence of its next message. */
  readonly sequence?: number | undefined;
}

/** All that a segment says of its channel, at one moment; read without a slot, and without storing anything. */
export interface ChannelFigures {
  readonly channel: string;
  /** When this was so, ns since the epoch. */
  readonly atNs?: number;
  /** How far the clock on the wall is ahead of the one of {@link atNs}, ms; they were alike when the channel was made. */
  readonly wallAheadMs?: number;
  readonly type: string;
  readonly mode: string;
  readonly capacityBytes: number;
  readonly messageSizeMax: number;
  /** Where its file is. */
  readonly path: string;
  readonly fileBytes: number;
  /** Of a capture: when and where it was taken; all figures are as of then. */
  readonly captured?: CapturedMoment | undefined;
  readonly createdNs: bigint;
  readonly creatorPid: number;
  readonly agreement: Agreement | undefined;
  readonly memory: { readonly pageBytes: number; readonly grants: readonly string[]; readonly numaNode: number };
  /** Sequence of the next record to be written: as many were written in all. */
  readonly written: number;
  readonly oldest: { readonly position: number; readonly sequence: number; readonly receivedNs: number };
  readonly tail: { readonly position: number; readonly sequence: number };
  /** 0..1, by the slowest gating consumer. */
  readonly utilization: number;
  readonly gatingPosition: number | undefined;
  /** Whether a producer may be waiting for room, and for whom. */
  readonly producersWait: boolean;
  readonly waitsFor: string | undefined;
  /** Which endpoint that is; undefined: none, or none any more. */
  readonly waitsForEndpoint?: BlockingEndpoint | undefined;
  readonly repairs: number;
  readonly reaped: number;
  readonly breaker: { readonly state: string; readonly opened: number } | undefined;
  readonly journal: JournalStatus | undefined;
  readonly producers: readonly EndpointFigures[];
  readonly consumers: readonly EndpointFigures[];
}

/**
 * With `room` the latencies are good until it is cleared; with `none` there are none, and the look costs half.
 *
 * @throws BusError `ERR_CORRUPT` for a damaged segment
 */
export function channelFigures(segment: Segment, room?: LatencyRoom | 'none'): ChannelFigures {
  const { control, shape, capacity } = segment;
  const history = new RingHistory(segment);
  const endpoints = inspectEndpoints(segment);
  const writers = endpoints.filter(({ role }) => role === 'producer');
  const sole = hasClaims(shape.type) ? undefined : lastOf(writers);
  const gate = gatingPosition(segment);
  const tail = history.tail();
  const oldest = history.oldest();
  const utilization = gate === Infinity ? 0 : Math.min(1, Math.max(0, (tail.position - gate) / capacity));
  const producersWait = control.getInt32(at.producersWaiting) !== 0;
  const blocker = producersWait || utilization > NEARLY_FULL ? blockerOf(segment) : undefined;
  const isRecorded = shape.agreement?.['persistence.enable_persistence'] === true;
  const atNs = nowNsOf(segment);
  return {
    channel: shape.name,
    atNs,
    wallAheadMs: Math.round(wallMsOf(segment) - atNs / 1e6),
    type: shape.type,
    mode: shape.mode ?? 'BlockProducer',
    capacityBytes: capacity,
    messageSizeMax: shape.messageSizeMax,
    path: locateSegment(segment.directory, shape.name),
    fileBytes: segment.bytes,
    captured: segment.moment,
    createdNs: control.view.getBigUint64(at.createdNs, true),
    creatorPid: control.view.getUint32(at.creatorPid, true),
    agreement: shape.agreement,
    memory: memoryOf(segment),
    written: tail.sequence,
    oldest: { ...oldest, receivedNs: oldest.position < tail.position ? timeAt(segment, oldest.position) : 0 },
    tail,
    utilization,
    gatingPosition: gate === Infinity ? undefined : gate,
    producersWait,
    waitsFor: blocker?.who,
    waitsForEndpoint: blocker?.endpoint,
    repairs: control.getFloat64(at.repairs),
    reaped: control.getFloat64(at.reaped),
    breaker: shape.mode === 'CircuitBreaker' ? breakerOf(segment) : undefined,
    journal: isRecorded ? journalStatus(segment) : undefined,
    producers: writers.map((one) => producerFigures(segment, one, one === sole ? tail.sequence : undefined, room)),
    consumers: endpoints.filter(({ role }) => role === 'consumer').map((one) => consumerFigures(segment, one, room)),
  };
}

function timeAt(segment: Segment, position: number): number {
  return receivedNs(new RingWalker(segment, position));
}

function memoryOf({ control }: Segment): ChannelFigures['memory'] {
  const granted = control.view.getUint32(at.memoryGrants, true);
  const names = Object.entries(MemoryGrant).flatMap(([name, bit]) =>
    (granted & bit) === 0 ? [] : [name.toLowerCase().replaceAll('_', ' ')],
  );
  const pageBytes = control.view.getUint32(at.regionBytes, true);
  return { pageBytes, grants: names, numaNode: control.getInt32(at.numaNode) };
}

function breakerOf({ control }: Segment): ChannelFigures['breaker'] {
  return {
    state: BREAKER_STATES[control.getInt32(at.breaker) & 3] ?? '?',
    opened: control.getFloat64(at.breakerOpened),
  };
}

/**
 * The one that attached last. Where one producer writes at a time none counts what it writes, as the channel does: what was
 * written is told of the last one, and includes what those before it wrote.
 */
function lastOf(producers: readonly EndpointInfo[]): EndpointInfo | undefined {
  return producers.reduce<EndpointInfo | undefined>(
    (last, one) => (last === undefined || one.attachedNs > last.attachedNs ? one : last),
    undefined,
  );
}

/** `written`: of the channel, which only the last of producers that write one at a time is told. */
function writtenBy(
  { control, shape }: Segment,
  { slot }: EndpointInfo,
  written: number | undefined,
): Record<string, number> {
  if (!hasClaims(shape.type)) return written === undefined ? {} : { messages: written };
  const base = producerSlotOffset(slot);
  const { messages, messageBytes } = PRODUCER_SLOT.at;
  return { messages: control.getFloat64(base + messages), messageBytes: control.getFloat64(base + messageBytes) };
}

function producerFigures(
  segment: Segment,
  one: EndpointInfo,
  written: number | undefined,
  room: LatencyRoom | 'none' | undefined,
): EndpointFigures {
  const { control } = segment;
  const base = producerSlotOffset(one.slot);
  const { backpressure, rejected, dropped, throttled, throttledNs, circuitOpen, highWater } = PRODUCER_SLOT.at;
  // One by one, as a spread object took a fifth of a look at 1,000 endpoints.
  const counters: Record<string, number> = writtenBy(segment, one, written);
  counters['backpressure'] = control.getFloat64(base + backpressure);
  counters['rejected'] = control.getFloat64(base + rejected);
  counters['dropped'] = control.getFloat64(base + dropped);
  counters['throttled'] = control.getFloat64(base + throttled);
  counters['throttledMs'] = Math.round(control.getFloat64(base + throttledNs) / 1e6);
  counters['circuitOpen'] = control.getFloat64(base + circuitOpen);
  counters['highWater'] = control.getFloat64(base + highWater);
  return endpointFigures(one, { counters, writeLatency: Latencies.ofProducer(segment, one.slot, room) });
}

function consumerFigures(segment: Segment, one: EndpointInfo, room: LatencyRoom | 'none' | undefined): EndpointFigures {
  const { control } = segment;
  const base = consumerSlotOffset(one.slot);
  const { at: slot } = CONSUMER_SLOT;
  return endpointFigures(one, {
    sequence: control.getFloat64(base + slot.sequence),
    lagMs: one.lag?.messages === 0 ? 0 : waitingMs(segment, base),
    queueLatency: Latencies.ofConsumer(segment, one.slot, 'queue', room),
    totalLatency: Latencies.ofConsumer(segment, one.slot, 'total', room),
    handlingLatency: Latencies.ofConsumer(segment, one.slot, 'handling', room),
    policy: {
      gating: GATING[control.getInt32(base + slot.gating)] ?? '?',
      failureTimeoutMs: control.getInt32(base + slot.failureTimeoutMs),
      stalledAfterMs: control.getInt32(base + slot.stalledAfterMs),
    },
    counters: {
      messages: control.getFloat64(base + slot.messages),
      messageBytes: control.getFloat64(base + slot.messageBytes),
      quarantined: control.getFloat64(base + slot.quarantined),
    },
  });
}

/** Listed one by one: to spread both would take longer than to read them, for a thousand endpoints. */
function endpointFigures(one: EndpointInfo, more: Omit<EndpointFigures, keyof EndpointInfo>): EndpointFigures {
  return {
    role: one.role,
    name: one.name,
    slot: one.slot,
    pid: one.pid,
    state: one.state,
    reason: one.reason,
    isStopped: one.isStopped,
    unreadMs: one.unreadMs,
    goneMs: one.goneMs,
    loopLagMs: one.loopLagMs,
    lag: one.lag,
    lost: one.lost,
    gating: one.gating,
    generation: one.generation,
    deaths: one.deaths,
    evictions: one.evictions,
    attachedNs: one.attachedNs,
    counters: more.counters,
    writeLatency: more.writeLatency,
    queueLatency: more.queueLatency,
    totalLatency: more.totalLatency,
    handlingLatency: more.handlingLatency,
    lagMs: more.lagMs,
    policy: more.policy,
    sequence: more.sequence,
  } satisfies Record<keyof EndpointFigures, unknown>;
}

/** How long the record at a consumer's cursor has been in the ring, by the clock of its stamps; undefined without one. */
function waitingMs(segment: Segment, base: number): number | undefined {
  const { control } = segment;
  const sequence = control.getFloat64(base + CONSUMER_SLOT.at.sequence);
  const cursor = control.getFloat64(base + CONSUMER_SLOT.at.cursor);
  if (!(cursor >= 0) || cursor % CELL_BYTES !== 0) return undefined;
  const walker = new RingWalker(segment, cursor);
  const received = receivedNs(walker);
  // asked afterwards: it may have been overwritten meanwhile
  if (received === 0 || walker.sequence() !== sequence) return undefined;
  return Math.max(0, (nowNsOf(segment) - received) / 1e6);
}

/** Now, or the moment of a capture, by the clock of the stamps in messages. */
function nowNsOf({ control, scratch, moment }: Segment): number {
  if (moment !== undefined) return moment.monotonicNs + Number(control.view.getBigInt64(at.clockOffsetNs, true));
  scratch.stamp(SENT_SCRATCH);
  return joinHalves(scratch.getInt32(SENT_SCRATCH), scratch.getInt32(SENT_SCRATCH + 4));
}

/** The same by the clock on the wall, ms since the epoch. */
function wallMsOf({ moment }: Segment): number {
  return moment === undefined ? systemWallClock.nowMs() : moment.wallMs;
}
