import { nameAt, putName } from '../layout/control-block.js';
import { clearHistogram, consumerHistogram } from '../layout/histogram.js';
import {
  CONSUMER_LATENCIES,
  CONSUMER_SLOT,
  CONSUMER_SLOTS,
  CONTROL,
  GatingPolicy,
  SlotState,
  WaiterKind,
  consumerSlotOffset,
} from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { systemClock } from '../platform/clock.js';
import { pidNamespace } from '../platform/pid-namespace.js';
import { consumerSlotsUsed } from '../ring/gating.js';
import { announceLoss, lossOf } from '../ring/loss.js';
import type { Place } from '../ring/record-consumer.js';
import { SENT_SCRATCH } from '../ring/producer-ring.js';
import { gates, gatingCode, type ConsumerPolicy } from './consumer-policy.js';
import { lockSlot, unlockSlot, withAttachLock } from './slot-locks.js';

const { at } = CONSUMER_SLOT;

export interface TakenConsumerSlot {
  readonly slot: number;
  /** Where the consumer of this name stood when it was last attached; undefined for a name that is new here. */
  readonly saved: Place | undefined;
}

/**
 * Takes the slot that belongs to a consumer name, or a free one. The slot becomes ACTIVE with its cursor at what `hold`
 * says (given the saved place); if its policy is to gate, it does so from there on until its true starting place is found.
 */
export function takeConsumerSlot(
  segment: Segment,
  name: string,
  policy: ConsumerPolicy,
  hold: (saved: Place | undefined) => Place,
): TakenConsumerSlot {
  return withAttachLock(segment, () => {
    const { slot, saved } = claimConsumerSlot(segment, name);
    const { control } = segment;
    const base = consumerSlotOffset(slot);
    const place = hold(saved);
    // The state of a slot whose token was free: the last endpoint here said goodbye, or it died.
    const { ACTIVE, FAILED } = SlotState;
    const before = control.loadVolatile(base + at.state);
    if (before === ACTIVE || before === FAILED)
      control.putInt32(base + at.deaths, control.getInt32(base + at.deaths) + 1);
    segment.scratch.stamp(SENT_SCRATCH);
    control.putFloat64(base + at.attachedNs, segment.scratch.getFloat64(SENT_SCRATCH));
    control.putInt32(base + at.pid, process.pid);
    control.putInt32(base + at.pidNamespace, pidNamespace());
    // A sign of life: one that is stopped before its first beat would seem never to have had an event loop.
    control.putFloat64(base + at.heartbeatNs, systemClock().monotonicNs());
    for (const time of [at.seenNs, at.unreadNs, at.lookedNs]) control.putFloat64(base + time, 0);
    control.putInt32(base + at.generation, control.getInt32(base + at.generation) + 1);
    control.storeVolatile(base + at.sleeping, WaiterKind.AWAKE);
    putPlace(segment, slot, place);
    if (slot >= consumerSlotsUsed(segment)) control.storeVolatile(CONTROL.at.consumerSlotsUsed, slot + 1);
    putPolicy(segment, base, policy);
    control.storeVolatile(base + at.state, SlotState.ACTIVE);
    control.storeVolatile(base + at.gates, gates(segment.shape, policy) ? 1 : 0);
    control.fence();
    return { slot, saved };
  });
}

/**
 * The slot that belongs to a name, with its token, and where that name stood; or another one, made ready for it. The caller
 * holds the attach lock.
 */
export function claimConsumerSlot(segment: Segment, name: string): TakenConsumerSlot {
  const { control } = segment;
  const slot = findSlot(segment, name);
  const base = consumerSlotOffset(slot);
  const isKnown =
    control.loadVolatile(base + at.state) !== SlotState.FREE && nameAt(control.view, base + at.name) === name;
  if (!isKnown) {
    clearCounters(segment, base, name);
    for (const latency of CONSUMER_LATENCIES)
      clearHistogram(control, consumerHistogram(segment.shape.type, slot, latency));
    return { slot, saved: undefined };
  }
  settleLost(segment, base);
  return {
    slot,
    saved: { position: control.getFloat64(base + at.cursor), sequence: control.getFloat64(base + at.sequence) },
  };
}

/** For producers, which give up the dead, and for those who look on. */
export function putPolicy({ control }: Segment, base: number, policy: ConsumerPolicy): void {
  control.putInt32(base + at.gating, gatingCode(policy));
  control.putInt32(base + at.failureTimeoutMs, policy.failureTimeoutMs);
  control.putInt32(base + at.stalledAfterMs, policy.stalledAfterMs);
  control.putInt32(base + at.evictAfterMs, policy.evictAfterMs);
  control.putInt32(base + at.quarantineAfter, policy.quarantineAfter);
  control.putFloat64(base + at.diedNs, 0);
}

/** Where the consumer in a slot stands: what producers gate on, and where a consumer of this name resumes. */
export function putPlace(segment: Segment, slot: number, place: Place): void {
  const base = consumerSlotOffset(slot);
  segment.control.putFloat64(base + at.sequence, place.sequence);
  segment.control.storeFloat64Release(base + at.cursor, place.position);
}

/**
 * Counts `lost` messages up to `sequence`, and moves the slot's sequence on to there: once, wherever death strikes.
 */
export function countLost(segment: Segment, slot: number, lost: number, sequence: number): void {
  const { control } = segment;
  const base = consumerSlotOffset(slot);
  const total = control.getFloat64(base + at.lost) + lost;
  announceLoss(control, base, total, sequence);
  control.storeFloat64Release(base + at.lost, total);
}

/** Ends what a death inside {@link countLost} left: `lost` as a distance. */
function settleLost({ control }: Segment, base: number): void {
  control.putFloat64(
    base + at.lost,
    lossOf(control.getFloat64(base + at.lost), control.getFloat64(base + at.sequence)),
  );
}

/**
 * Producers wait for it no more (unless they always do); the cursor stays for the consumer's return, unless the slot is to
 * be free.
 */
export function releaseConsumerSlot(segment: Segment, slot: number, keepsCursor: boolean): void {
  const base = consumerSlotOffset(slot);
  if (keepsCursor) endGating(segment, base);
  else segment.control.storeVolatile(base + at.gates, 0);
  segment.control.storeVolatile(base + at.sleeping, WaiterKind.AWAKE);
  segment.control.storeVolatile(base + at.state, keepsCursor ? SlotState.DETACHED : SlotState.FREE);
  unlockSlot(segment, base);
}

/**
 * Frees the slot of a consumer that nobody has open, whatever was kept for it: producers wait for it no more, and when it
 * comes again it is new here. False when somebody has it open; true also when there is none of that name.
 */
export function forgetConsumer(segment: Segment, name: string): boolean {
  return withAttachLock(segment, () => {
    const slot = slotNamed(segment, name);
    if (slot === undefined) return true;
    if (!lockSlot(segment, consumerSlotOffset(slot))) return false;
    releaseConsumerSlot(segment, slot, false);
    return true;
  });
}

/** Of a consumer for which the channel keeps everything it is never ended. */
export function endGating({ control }: Segment, base: number): void {
  if (control.getInt32(base + at.gating) !== GatingPolicy.ALWAYS) control.storeVolatile(base + at.gates, 0);
}

/** The slot that has a consumer's name, whether it is attached or not; undefined when none has. */
export function slotNamed(segment: Segment, name: string): number | undefined {
  const { control } = segment;
  const used = consumerSlotsUsed(segment);
  for (let slot = 0; slot < used; slot++) {
    const base = consumerSlotOffset(slot);
    if (control.loadVolatile(base + at.state) !== SlotState.FREE && nameAt(control.view, base + at.name) === name)
      return slot;
  }
  return undefined;
}

/** Locks and returns the slot of that name, else one that nobody has, the least missed first. */
function findSlot(segment: Segment, name: string): number {
  const { control } = segment;
  const named = slotNamed(segment, name);
  if (named !== undefined) {
    const base = consumerSlotOffset(named);
    if (lockSlot(segment, base)) return named;
    throw new BusError(
      'ERR_CONSUMER_TAKEN',
      `channel ${segment.channel}: consumer "${name}" is attached already, by process ${control.getInt32(base + at.pid)}. ` +
        'A name belongs to one endpoint at a time; give a second one its own name with { name }',
      { channel: segment.channel },
    );
  }
  for (const wanted of [Keeps.NOTHING, Keeps.CURSOR, Keeps.GATE]) {
    for (let slot = 0; slot < CONSUMER_SLOTS; slot++) {
      const base = consumerSlotOffset(slot);
      if (keptBy(segment, base) > wanted || !lockSlot(segment, base)) continue;
      control.storeVolatile(base + at.gates, 0);
      control.storeVolatile(base + at.state, SlotState.FREE);
      return slot;
    }
  }
  throw new BusError(
    'ERR_SLOTS_EXHAUSTED',
    `channel ${segment.channel}: all ${CONSUMER_SLOTS} consumer slots are in use; close consumers that are not needed`,
    { channel: segment.channel },
  );
}

/** What is in a slot whose token nobody holds: nothing; the cursor of a name that left; that of one that died; a promise. */
const Keeps = { NOTHING: 0, CURSOR: 1, GATE: 2, EVERYTHING: 3 } as const;

function keptBy({ control }: Segment, base: number): number {
  const state = control.loadVolatile(base + at.state);
  if (state === SlotState.FREE) return Keeps.NOTHING;
  if (control.getInt32(base + at.gating) === GatingPolicy.ALWAYS) return Keeps.EVERYTHING;
  return state === SlotState.ACTIVE ? Keeps.GATE : Keeps.CURSOR;
}

function clearCounters(segment: Segment, base: number, name: string): void {
  const { control } = segment;
  putName(control, base + at.name, name);
  control.putFloat64(base + at.messages, 0);
  control.putFloat64(base + at.messageBytes, 0);
  control.putFloat64(base + at.lost, 0);
  control.putFloat64(base + at.handling, 0);
  control.putFloat64(base + at.failedSequence, -1);
  control.putInt32(base + at.failures, 0);
  control.putInt32(base + at.redeliver, 0);
  control.putFloat64(base + at.quarantined, 0);
  control.putInt32(base + at.deaths, 0);
  control.putInt32(base + at.evictions, 0);
}
