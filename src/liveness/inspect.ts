import { reaperOf } from '../channel/reaper.js';
import { isSlotLocked } from '../channel/slot-locks.js';
import { nameAt } from '../layout/control-block.js';
import { CONSUMER_SLOT, PRODUCER_SLOT, SlotState, consumerSlotOffset, producerSlotOffset } from '../layout/schema.js';
import { Segment } from '../layout/segment.js';
import { systemClock } from '../platform/clock.js';
import { consumerSlotsUsed } from '../ring/gating.js';
import { RingHistory } from '../ring/join.js';
import { lossIn } from '../ring/loss.js';
import type { Place } from '../ring/record-consumer.js';
import { isStopped as isProcessStopped } from './process-state.js';
import { noteSights, producerPlace, producerSlotsUsed } from './sights.js';
import { BEAT_MS, SUSPECT_AFTER_MS, stateOf, type EndpointFacts, type EndpointState } from './state.js';

/** An endpoint of a channel as an observer sees it. What belongs to consumers alone is undefined for producers. */
export interface EndpointInfo {
  readonly role: 'producer' | 'consumer';
  readonly name: string;
  readonly slot: number;
  /** Of the process that has, or had, the slot; a number of that process's own namespace. */
  readonly pid: number;
  readonly state: EndpointState;
  /** Why it is stalled or suspect, in words. */
  readonly reason: string | undefined;
  /** Of a suspect one: whether its process is known to be stopped, by a signal or a debugger. */
  readonly isStopped?: boolean | undefined;
  /** For how long a consumer has had something to read and has not moved, ms, as far as anybody has looked. */
  readonly unreadMs?: number | undefined;
  /** Of one that was closed: since the last beat of its event loop, and so about since then, ms. */
  readonly goneMs?: number | undefined;
  /** How long its event loop is behind with its beat, ms; undefined: not attached, or it has none. */
  readonly loopLagMs: number | undefined;
  /** How far a consumer is behind the end of the channel; bytes as they stand in the ring, headers included. */
  readonly lag: { readonly messages: number; readonly bytes: number } | undefined;
  /** Messages that this consumer will never see, as far as it has noticed. */
  readonly lost: number | undefined;
  /** Whether producers wait for this consumer now. */
  readonly gating: boolean | undefined;
  /** Which one it is of the endpoints that have had the slot, from 1. */
  readonly generation: number;
  /** How many of them were found dead by the next one. */
  readonly deaths: number;
  /** How often this consumer was given up though it lived. */
  readonly evictions: number | undefined;
  /** When it attached, ns since the epoch. */
  readonly attachedNs: bigint;
}

/**
 * Looks at the endpoints of a channel without taking part in it: no slot is taken and nothing is stored. Producers first;
 * those who were closed are among them as long as their slot is not another's. Of a capture: as they were then.
 *
 * @throws BusError `ERR_CORRUPT` for a damaged segment
 */
export function inspectEndpoints(
  segment: Segment,
  nowNs = segment.moment?.monotonicNs ?? systemClock().monotonicNs(),
): EndpointInfo[] {
  const { control } = segment;
  const found: EndpointInfo[] = [];
  for (let slot = 0; slot < producerSlotsUsed(segment); slot++) {
    const base = producerSlotOffset(slot);
    if (control.loadVolatile(base + PRODUCER_SLOT.at.state) !== SlotState.FREE)
      found.push(producerIn(segment, slot, nowNs));
  }
  const tail = new RingHistory(segment).tail();
  for (let slot = 0; slot < consumerSlotsUsed(segment); slot++) {
    const base = consumerSlotOffset(slot);
    if (control.loadVolatile(base + CONSUMER_SLOT.at.state) !== SlotState.FREE)
      found.push(consumerIn(segment, slot, tail, nowNs));
  }
  return found;
}

/**
 * The same for a channel by its name; none when it has no segment.
 *
 * @throws BusError as `Segment.openExisting`: for a file that is no segment, or of another version
 */
export function inspectChannel(directory: string, channel: string): EndpointInfo[] {
  return lookInto(directory, channel, (segment) => inspectEndpoints(segment));
}

/**
 * The same for one that looks again and again, and judges by it: what it sees is noted in the slots, so that its next look
 * knows for how long an endpoint has stood there, also where every process of the channel is stopped.
 *
 * @throws BusError as `inspectChannel`
 */
export function watchChannel(directory: string, channel: string): EndpointInfo[] {
  return lookInto(directory, channel, (segment) => {
    const nowNs = systemClock().monotonicNs();
    const found = inspectEndpoints(segment, nowNs);
    noteSights(segment, nowNs);
    return found;
  });
}

function lookInto(directory: string, channel: string, look: (segment: Segment) => EndpointInfo[]): EndpointInfo[] {
  const segment = Segment.openExisting(directory, channel, { ringWritable: false });
  if (segment === undefined) return [];
  try {
    return look(segment);
  } finally {
    segment.close();
  }
}

/*
 * The figures of an endpoint are listed one by one below, and not spread from one object into the next: a look at 1,000
 * endpoints spent most of its time on copies.
 */

function producerIn(segment: Segment, slot: number, nowNs: number): EndpointInfo {
  const base = producerSlotOffset(slot);
  const { at } = PRODUCER_SLOT;
  const silence = { lookedMs: Infinity, unreadMs: 0, stalledAfterMs: Infinity };
  const facts = factsOf(segment, base, at, producerPlace(segment, base), nowNs, silence);
  return endpointOf('producer', slot, identityOf(segment, base, at, facts, undefined), facts);
}

function consumerIn(segment: Segment, slot: number, tail: Place, nowNs: number): EndpointInfo {
  const { control } = segment;
  const { at } = CONSUMER_SLOT;
  const base = consumerSlotOffset(slot);
  const sequence = control.getFloat64(base + at.sequence);
  const cursor = control.loadFloat64Acquire(base + at.cursor);
  const unreadNs = control.getFloat64(base + at.unreadNs);
  const isUnread =
    unreadNs > 0 && control.getFloat64(base + at.seenPlace) === cursor && reaperOf(segment).progress.isReadable(cursor);
  const facts = factsOf(segment, base, at, cursor, nowNs, {
    lookedMs: (nowNs - control.getFloat64(base + at.lookedNs)) / 1e6,
    unreadMs: isUnread ? Math.max(0, (nowNs - unreadNs) / 1e6) : 0,
    stalledAfterMs: control.getInt32(base + at.stalledAfterMs),
  });
  const lag = { messages: Math.max(0, tail.sequence - sequence), bytes: Math.max(0, tail.position - cursor) };
  return endpointOf('consumer', slot, identityOf(segment, base, at, facts, lag.messages), facts, {
    lag,
    lost: lossIn(control, base),
    gating: control.loadVolatile(base + at.gates) !== 0,
    evictions: control.getInt32(base + at.evictions),
  });
}

type SlotPlaces = typeof PRODUCER_SLOT.at | typeof CONSUMER_SLOT.at;
type Silence = Pick<EndpointFacts, 'lookedMs' | 'unreadMs' | 'stalledAfterMs'>;
type Identity = Pick<
  EndpointInfo,
  'name' | 'pid' | 'state' | 'reason' | 'isStopped' | 'goneMs' | 'generation' | 'deaths' | 'attachedNs'
>;
/** `beatMs`: since the last beat; undefined: there was none. */
type SlotFacts = EndpointFacts & { readonly beatMs: number | undefined };
type Reading = Pick<EndpointInfo, 'lag' | 'lost' | 'gating' | 'evictions'>;

function endpointOf(
  role: EndpointInfo['role'],
  slot: number,
  identity: Identity,
  { loopLagMs, unreadMs }: EndpointFacts,
  reading?: Reading,
): EndpointInfo {
  return {
    role,
    name: identity.name,
    slot,
    pid: identity.pid,
    state: identity.state,
    reason: identity.reason,
    isStopped: identity.isStopped,
    unreadMs: reading && Math.round(unreadMs),
    goneMs: identity.goneMs,
    loopLagMs: loopLagMs === undefined ? undefined : Math.round(loopLagMs),
    lag: reading?.lag,
    lost: reading?.lost,
    gating: reading?.gating,
    generation: identity.generation,
    deaths: identity.deaths,
    evictions: reading?.evictions,
    attachedNs: identity.attachedNs,
  } satisfies Record<keyof EndpointInfo, unknown>;
}

/** What the token and the event loop say, and for how long it has stood where it stands. */
function factsOf(
  segment: Segment,
  base: number,
  at: SlotPlaces,
  place: number,
  nowNs: number,
  { lookedMs, unreadMs, stalledAfterMs }: Silence,
): SlotFacts {
  const { control } = segment;
  // In this order: who closes says DETACHED, then lets go of the token.
  const isLocked = isSlotLocked(segment, base);
  const slotState = control.loadVolatile(base + at.state);
  const heartbeatNs = control.getFloat64(base + at.heartbeatNs);
  const beatMs = heartbeatNs > 0 ? Math.max(0, (nowNs - heartbeatNs) / 1e6) : undefined;
  const seenNs = control.getFloat64(base + at.seenNs);
  const isStill = seenNs > 0 && control.getFloat64(base + at.seenPlace) === place;
  return {
    slotState,
    isLocked,
    loopLagMs: beatMs !== undefined && isLocked ? Math.max(0, beatMs - BEAT_MS) : undefined,
    beatMs,
    stillMs: isStill ? Math.max(0, (nowNs - seenNs) / 1e6) : 0,
    lookedMs,
    unreadMs,
    stalledAfterMs,
  };
}

function identityOf(
  { control, moment }: Segment,
  base: number,
  at: SlotPlaces,
  facts: SlotFacts,
  unread: number | undefined,
): Identity {
  const state = stateOf(facts);
  const pid = control.view.getUint32(base + at.pid, true);
  const wasStopped = moment?.stopped.includes(base);
  const isStopped =
    state === 'suspect' && (wasStopped ?? isProcessStopped(pid, control.getInt32(base + at.pidNamespace)));
  return {
    name: nameAt(control.view, base + at.name),
    pid,
    state,
    reason: reasonFor(state, facts, isStopped, unread),
    isStopped,
    goneMs: state === 'detached' && facts.beatMs !== undefined ? Math.round(facts.beatMs) : undefined,
    generation: control.getInt32(base + at.generation),
    deaths: control.getInt32(base + at.deaths),
    attachedNs: control.view.getBigUint64(base + at.attachedNs, true),
  };
}

function reasonFor(
  state: EndpointState,
  { loopLagMs = 0, unreadMs }: EndpointFacts,
  isStopped: boolean,
  unread: number | undefined,
): string | undefined {
  if (state === 'stalled')
    return `it has not moved for ${Math.round(unreadMs)} ms, with ${unread ?? 0} messages to read`;
  if (state !== 'suspect') return undefined;
  if (isStopped) return 'its process is stopped, by a signal or a debugger';
  return `its event loop has not turned for ${Math.round(loopLagMs + BEAT_MS)} ms (${SUSPECT_AFTER_MS} are usual at most): blocked, or its process is stopped`;
}
