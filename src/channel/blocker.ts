import { nameAt } from '../layout/control-block.js';
import {
  CONSUMER_SLOT,
  GatingPolicy,
  PRODUCER_SLOT,
  SlotState,
  consumerSlotOffset,
  producerSlotOffset,
} from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { slowestConsumer } from '../ring/gating.js';
import { firstOpenClaim } from '../ring/open-claim.js';
import { isSlotLocked } from './slot-locks.js';

/** What keeps a writer from going on, in words, and what to do about it. */
export interface Blocker {
  readonly who: string;
  readonly advice: string;
  /** The endpoint that is meant; undefined: nobody any more. */
  readonly endpoint?: BlockingEndpoint;
}

export interface BlockingEndpoint {
  readonly role: 'producer' | 'consumer';
  readonly slot: number;
  readonly name: string;
}

/** The error of a write that waited in vain for so long, or did not wait at all, with the blocker of this moment. */
export function stayedFull(segment: Segment, timeoutMs: number | undefined): BusError {
  const { channel } = segment;
  const { who, advice } = blockerOf(segment);
  const what = timeoutMs === undefined ? 'is full' : `stayed full for ${timeoutMs} ms`;
  return new BusError(
    'ERR_BACKPRESSURE',
    `channel ${channel} ${what}; it waits for ${who}. Nothing was written. ${advice}`,
    { channel },
  );
}

/**
 * Who holds the end of a full ring: the slowest consumer, or an open claim that even that one has come up to, or that
 * nobody reads. As of this moment: whoever it was may have let go already.
 */
export function blockerOf(segment: Segment): Blocker {
  const { control } = segment;
  const consumer = slowestConsumer(segment);
  const base = consumerSlotOffset(consumer);
  const gate = consumer < 0 ? Infinity : control.loadFloat64Acquire(base + CONSUMER_SLOT.at.cursor);
  const claim = firstOpenClaim(segment);
  if (claim !== undefined && !(gate < claim.position)) return claimant(segment, claim.slot);
  if (consumer < 0) return { who: 'nobody any more', advice: 'Write it again' };
  return { ...consumerAt(segment, base), endpoint: consumerIn(segment, consumer) };
}

function consumerIn({ control }: Segment, slot: number): BlockingEndpoint {
  return { role: 'consumer', slot, name: nameAt(control.view, consumerSlotOffset(slot) + CONSUMER_SLOT.at.name) };
}

function consumerAt(segment: Segment, base: number): Blocker {
  const { control } = segment;
  const { at } = CONSUMER_SLOT;
  const name = nameAt(control.view, base + at.name);
  const process = `process ${control.getInt32(base + at.pid)}`;
  const isAttached = control.loadVolatile(base + at.state) === SlotState.ACTIVE && isSlotLocked(segment, base);
  if (isAttached) {
    return {
      who: `consumer "${name}" (${process})`,
      advice: 'Make that consumer faster, the buffer larger, or write less',
    };
  }
  if (control.getInt32(base + at.gating) === GatingPolicy.ALWAYS) {
    return {
      who: `consumer "${name}", which is not attached; the channel keeps everything for it`,
      advice: 'Start that consumer, make the buffer larger, or write less',
    };
  }
  return {
    who: `consumer "${name}" (${process}, dead), which is not given up yet`,
    advice: 'Write it again; its failure_timeout_ms says for how long everything is kept for its return',
  };
}

function claimant(segment: Segment, slot: number): Blocker {
  const { control } = segment;
  const base = producerSlotOffset(slot);
  const name = nameAt(control.view, base + PRODUCER_SLOT.at.name);
  const pid = control.getInt32(base + PRODUCER_SLOT.at.pid);
  const endpoint = { role: 'producer', slot, name } as const;
  if (isSlotLocked(segment, base)) {
    return {
      who: `an open claim of producer "${name}" (process ${pid}, alive)`,
      advice: 'That one must commit or abort its claims at once; consumers wait for it too',
      endpoint,
    };
  }
  return {
    who: `a claim of producer "${name}" (process ${pid}, dead), which another process repairs`,
    advice: 'Write it again; if that one is stopped in the middle of it, let it go on or end it',
    endpoint,
  };
}
