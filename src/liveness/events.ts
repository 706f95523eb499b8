import type { EndpointInfo } from './inspect.js';

/** What all events say. */
interface ChannelEvent {
  readonly channel: string;
  /** When it was noticed, ns since the epoch, by the clock of the channel's stamps; it happened up to a beat before. */
  readonly atNs: bigint;
}

/** Whom an event is about, as it was seen. */
interface EndpointEvent extends ChannelEvent {
  readonly role: 'producer' | 'consumer';
  readonly name: string;
  readonly pid: number;
  readonly slot: number;
  /** Which one it is of the endpoints that have had the slot. */
  readonly generation: number;
  /** Of a consumer: messages that it will never see, so far. */
  readonly lost: number | undefined;
}

/** An endpoint attached. */
export interface AttachedEvent extends EndpointEvent {
  readonly type: 'attached';
  /** Of the endpoint that had the slot before, if one was seen. */
  readonly previousPid: number | undefined;
}

/** An endpoint was closed in order. */
export interface DetachedEvent extends EndpointEvent {
  readonly type: 'detached';
}

/** The process or thread of an endpoint is gone without having closed it. The kernel says so. */
export interface DiedEvent extends EndpointEvent {
  readonly type: 'died';
}

/** An endpoint that lives is stalled or suspect, or changed from one to the other. */
export interface StalledEvent extends EndpointEvent {
  readonly type: 'stalled';
  readonly state: 'stalled' | 'suspect';
  readonly reason: string;
}

/** And is neither any more. */
export interface RecoveredEvent extends EndpointEvent {
  readonly type: 'recovered';
}

/** Claims of producers that had died inside them were made padding: so many messages are lost to all consumers. */
export interface RepairedEvent extends ChannelEvent {
  readonly type: 'repaired';
  /** Since it was looked last. */
  readonly repairs: number;
  /** Since the channel began. */
  readonly total: number;
}

/** Another producer took over a single-producer channel whose producer had died. */
export interface FailoverEvent extends EndpointEvent {
  readonly type: 'failover';
  readonly previousName: string;
  readonly previousPid: number;
}

/** Producers stopped waiting for a consumer that lives, by its `evict_after_ms`. */
export interface EvictedEvent extends EndpointEvent {
  readonly type: 'evicted';
  /** How often that has happened to it. */
  readonly evictions: number;
}

export type LifecycleEvent =
  | AttachedEvent
  | DetachedEvent
  | DiedEvent
  | StalledEvent
  | RecoveredEvent
  | RepairedEvent
  | FailoverEvent
  | EvictedEvent;

/** What listeners get, by the name of the event. */
export type LifecycleEvents = { [Event in LifecycleEvent as Event['type']]: [event: Event] };

export const LIFECYCLE_EVENTS = [
  'attached',
  'detached',
  'died',
  'stalled',
  'recovered',
  'repaired',
  'failover',
  'evicted',
] as const satisfies readonly LifecycleEvent['type'][];

/** A channel as it was seen at one time. */
export interface Look {
  readonly channel: string;
  readonly atNs: bigint;
  /** SPSC, SPMC. */
  readonly hasOneProducer: boolean;
  /** Claims repaired since the channel began. */
  readonly repairs: number;
  readonly endpoints: readonly EndpointInfo[];
}

/** Of a channel that has no segment yet: all that is seen in it next is new. */
export function emptyLook(channel: string): Look {
  return { channel, atNs: 0n, hasOneProducer: false, repairs: 0, endpoints: [] };
}

/**
 * An end is final for its generation. (Whoever attaches takes the token first and counts the generation up then: seen in
 * between, a dead endpoint would seem to live.)
 */
export function withEndsKept(before: Look, after: Look): Look {
  const endpoints = after.endpoints.map((now) => {
    const then = sameSlot(before, now);
    return then !== undefined && isGone(then) && isSame(then, now)
      ? { ...now, state: then.state, reason: undefined }
      : now;
  });
  return { ...after, endpoints };
}

/** What happened between two looks at a channel, in the order of its slots. */
export function compareLooks(before: Look, after: Look): LifecycleEvent[] {
  const events: LifecycleEvent[] = [];
  const { channel, atNs } = after;
  const repairs = after.repairs - before.repairs;
  if (repairs > 0) events.push({ type: 'repaired', channel, atNs, repairs, total: after.repairs });
  for (const now of after.endpoints) {
    const then = sameSlot(before, now);
    if (then !== undefined && isSame(then, now)) events.push(...changes(then, now, after));
    else events.push(...successions(then, now, after));
  }
  return events;
}

function sameSlot({ endpoints }: Look, { role, slot }: EndpointInfo): EndpointInfo | undefined {
  return endpoints.find((one) => one.role === role && one.slot === slot);
}

function isSame(then: EndpointInfo, now: EndpointInfo): boolean {
  return then.generation === now.generation && then.name === now.name;
}

function isGone({ state }: EndpointInfo): boolean {
  return state === 'dead' || state === 'detached';
}

/** The same endpoint in both looks. */
function changes(then: EndpointInfo, now: EndpointInfo, look: Look): LifecycleEvent[] {
  const events: LifecycleEvent[] = [];
  if ((now.evictions ?? 0) > (then.evictions ?? 0)) events.push(evicted(now, look));
  if (now.state === then.state) return events;
  if (now.state === 'alive') return isGone(then) ? events : [...events, { type: 'recovered', ...about(now, look) }];
  return [...events, ...misfortunes(now, look)];
}

/** Another endpoint in the slot, or the first that was seen there. */
function successions(then: EndpointInfo | undefined, now: EndpointInfo, look: Look): LifecycleEvent[] {
  const events: LifecycleEvent[] = [];
  // A consumer's slot that went to another name began to count anew.
  const deaths =
    then === undefined || (then.role === 'consumer' && then.name !== now.name) ? 0 : now.deaths - then.deaths;
  if (then !== undefined && !isGone(then))
    events.push({ type: deaths > 0 ? 'died' : 'detached', ...about(then, look) });
  // A slot that is kept for somebody who has not come yet.
  if (now.generation === 0) return events;
  events.push({ type: 'attached', ...about(now, look), previousPid: then?.pid });
  if (then !== undefined && now.role === 'producer' && look.hasOneProducer && (deaths > 0 || then.state === 'dead')) {
    events.push({ type: 'failover', ...about(now, look), previousName: then.name, previousPid: then.pid });
  }
  const evictions = (now.evictions ?? 0) - (then?.name === now.name ? (then.evictions ?? 0) : 0);
  if (evictions > 0) events.push(evicted(now, look));
  return [...events, ...misfortunes(now, look)];
}

function misfortunes(now: EndpointInfo, look: Look): LifecycleEvent[] {
  if (now.state === 'dead') return [{ type: 'died', ...about(now, look) }];
  if (now.state === 'detached') return [{ type: 'detached', ...about(now, look) }];
  if (now.state === 'alive') return [];
  return [{ type: 'stalled', ...about(now, look), state: now.state, reason: now.reason ?? '' }];
}

function evicted(now: EndpointInfo, look: Look): EvictedEvent {
  return { type: 'evicted', ...about(now, look), evictions: now.evictions ?? 0 };
}

function about({ role, name, pid, slot, generation, lost }: EndpointInfo, { channel, atNs }: Look): EndpointEvent {
  return { channel, atNs, role, name, pid, slot, generation, lost };
}
