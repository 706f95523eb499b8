import { nameAt, putName } from '../layout/control-block.js';
import {
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
import { loadNative } from '../platform/load-native.js';
import { consumerSlotsUsed } from '../ring/gating.js';
import type { Place } from '../ring/record-consumer.js';
import { SENT_SCRATCH } from '../ring/producer-ring.js';
import { gates, gatingCode, type ConsumerPolicy } from './consumer-policy.js';
import { lockSlot, tryWithAttachLock, withAttachLock } from './slot-locks.js';

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
    const slot = findSlot(segment, name);
    const { control } = segment;
    const base = consumerSlotOffset(slot);
    const known =
      control.loadVolatile(base + at.state) !== SlotState.FREE && nameAt(control.view, base + at.name) === name;
    const saved = known
      ? { position: control.getFloat64(base + at.cursor), sequence: control.getFloat64(base + at.sequence) }
      : undefined;
    if (known) settleLost(segment, base);
    else clearCounters(segment, base, name);
    const place = hold(saved);
    segment.scratch.stamp(SENT_SCRATCH);
    control.putFloat64(base + at.attachedNs, segment.scratch.getFloat64(SENT_SCRATCH));
    control.putInt32(base + at.pid, process.pid);
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

/** For producers, which give up the dead, and for those who look on. */
function putPolicy({ control }: Segment, base: number, policy: ConsumerPolicy): void {
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
 * Counts `lost` messages up to `sequence`, and moves the slot's sequence on to there: once, wherever death strikes. In
 * between, `lost` stands in the slot as its distance from the sequence, plus a half that tells the two apart, so that one
 * store changes both.
 */
export function countLost(segment: Segment, slot: number, lost: number, sequence: number): void {
  const { control } = segment;
  const base = consumerSlotOffset(slot);
  const total = control.getFloat64(base + at.lost) + lost;
  control.storeFloat64Release(base + at.lost, total - sequence + 0.5);
  control.storeFloat64Release(base + at.sequence, sequence);
  control.storeFloat64Release(base + at.lost, total);
}

/** Ends what a death inside {@link countLost} left: `lost` as a distance. */
function settleLost({ control }: Segment, base: number): void {
  const lost = control.getFloat64(base + at.lost);
  if (!Number.isInteger(lost)) control.putFloat64(base + at.lost, control.getFloat64(base + at.sequence) + lost - 0.5);
}

/** The slot stops gating (unless it always does); the cursor stays for the consumer's return, unless the slot is to be free. */
export function releaseConsumerSlot(segment: Segment, slot: number, keepsCursor: boolean): void {
  const base = consumerSlotOffset(slot);
  endGating(segment, base);
  segment.control.storeVolatile(base + at.sleeping, WaiterKind.AWAKE);
  segment.control.storeVolatile(base + at.state, keepsCursor ? SlotState.DETACHED : SlotState.FREE);
  loadNative().unlockByte(segment.fd, base);
}

/**
 * Stops gating on consumers whose process is gone: their token is not locked by anybody. Called by a producer that is
 * short of room; it never waits: while somebody attaches, or is stopped in the middle of it, it finds nobody. Returns how
 * many were given up.
 */
export function reapDeadConsumers(segment: Segment): number {
  const reap = (): number => {
    const { control } = segment;
    const used = consumerSlotsUsed(segment);
    let reaped = 0;
    for (let slot = 0; slot < used; slot++) {
      const base = consumerSlotOffset(slot);
      if (control.loadVolatile(base + at.state) !== SlotState.ACTIVE) continue;
      if (loadNative().isByteLocked(segment.fd, base) !== 0) continue;
      // The token is free: dead, or closed since, which says DETACHED before.
      if (control.loadVolatile(base + at.state) !== SlotState.ACTIVE) continue;
      endGating(segment, base);
      control.storeVolatile(base + at.state, SlotState.FAILED);
      reaped++;
    }
    control.putFloat64(CONTROL.at.reaped, control.getFloat64(CONTROL.at.reaped) + reaped);
    return reaped;
  };
  return tryWithAttachLock(segment, reap) ?? 0;
}

function endGating({ control }: Segment, base: number): void {
  if (control.getInt32(base + at.gating) !== GatingPolicy.ALWAYS) control.storeVolatile(base + at.gates, 0);
}

/** Locks and returns the slot of that name, else one that nobody has, the least missed first. */
function findSlot(segment: Segment, name: string): number {
  const { control } = segment;
  const used = consumerSlotsUsed(segment);
  for (let slot = 0; slot < used; slot++) {
    const base = consumerSlotOffset(slot);
    if (control.loadVolatile(base + at.state) === SlotState.FREE || nameAt(control.view, base + at.name) !== name)
      continue;
    if (lockSlot(segment, base)) return slot;
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
      if (keptBy(control.loadVolatile(base + at.state)) > wanted || !lockSlot(segment, base)) continue;
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

/** What is in a slot whose token nobody holds: nothing; the cursor of a name that left; that of one that died. */
const Keeps = { NOTHING: 0, CURSOR: 1, GATE: 2 } as const;

function keptBy(state: number): number {
  if (state === SlotState.FREE) return Keeps.NOTHING;
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
}
