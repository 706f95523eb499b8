import { constants } from 'node:os';
import { nameAt, putName } from '../layout/control-block.js';
import { hasClaims } from '../layout/geometry.js';
import { clearHistogram, producerHistogram } from '../layout/histogram.js';
import { CONTROL, PRODUCER_SLOT, PRODUCER_SLOTS, SlotState, producerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { systemClock } from '../platform/clock.js';
import { loadNative } from '../platform/load-native.js';
import { pidNamespace } from '../platform/pid-namespace.js';
import { SENT_SCRATCH } from '../ring/producer-ring.js';
import { openClaimOf } from '../ring/open-claim.js';
import { repairDeadClaims } from './claim-repair.js';
import { lockSlot, tryWithAttachLock, unlockSlot, withAttachLock } from './slot-locks.js';
import { holdAlarm } from './takeover-alarm.js';

const { at } = PRODUCER_SLOT;
const { EAGAIN } = constants.errno;
/** What is counted of a service, and begins anew with the next one in the slot. */
const COUNTERS = [
  'messages',
  'messageBytes',
  'backpressure',
  'rejected',
  'dropped',
  'throttled',
  'throttledNs',
  'circuitOpen',
  'highWater',
] as const;

/** Whose place a producer has taken. */
export interface Takeover {
  /** Counts the producers that this channel has had. */
  readonly generation: number;
  /** The process of the one before. */
  readonly previousPid: number;
  /** Of the first message that this one will write: everything before it was committed by those before. */
  readonly sequence: number;
}

export interface TakenProducerSlot {
  readonly slot: number;
  /** What stands in the slot as long as nobody else has taken it. */
  readonly generation: number;
  /** The process whose place in a single-producer channel this is, unless it had left before anybody waited for that. */
  readonly previousPid: number | undefined;
}

/**
 * Takes a producer slot: the only one of a single-producer channel, or a free one of the others, where claims that dead
 * producers left are repaired first.
 */
export function takeProducerSlot(segment: Segment, service: string): TakenProducerSlot {
  return withAttachLock(segment, () => {
    const slot = hasClaims(segment.shape.type) ? findSlot(segment) : onlySlot(segment);
    return enter(segment, slot, service, false);
  });
}

/**
 * The same for the one slot of a single-producer channel, without waiting for anybody: undefined when another endpoint has
 * it, and while another one attaches. `waited`: somebody had it when this one first looked.
 */
export function tryTakeProducerSlot(segment: Segment, service: string, waited: boolean): TakenProducerSlot | undefined {
  return tryWithAttachLock(segment, () => (lockOnlySlot(segment) ? enter(segment, 0, service, waited) : undefined));
}

/**
 * Gives the slot up; leaves it alone when another endpoint has it by now, or has had it since: whose it is says the kernel,
 * as long as this endpoint's file is open.
 */
export function releaseProducerSlot(segment: Segment, { slot, generation }: TakenProducerSlot): void {
  const base = producerSlotOffset(slot);
  if (loadNative().lockByte(segment.fd, base) === -EAGAIN) {
    segment.tokens.delete(base);
    return;
  }
  const { control } = segment;
  if (control.loadVolatile(base + at.generation) === generation)
    control.storeVolatile(base + at.state, SlotState.DETACHED);
  unlockSlot(segment, base);
}

/** The error of a former producer whose slot another one has taken. */
export function lostSlot({ channel, control }: Segment, { slot, generation }: TakenProducerSlot): BusError {
  const base = producerSlotOffset(slot);
  return new BusError(
    'ERR_PRODUCER_TAKEN',
    `channel ${channel}: this producer has lost its place to "${nameAt(control.view, base + at.name)}", process ` +
      `${control.getInt32(base + at.pid)} (generation ${control.getInt32(base + at.generation)}; its own was ${generation}): ` +
      'its lock was released while it lived. Nothing was written. Close it, and find out what closed or unlocked its file',
    { channel },
  );
}

/** Makes a slot whose token is held this endpoint's own. The generation comes first: it shuts out whoever had it before. */
function enter(segment: Segment, slot: number, service: string, waited: boolean): TakenProducerSlot {
  const { control } = segment;
  const base = producerSlotOffset(slot);
  const former = control.loadVolatile(base + at.generation);
  const generation = (former + 1) | 0;
  const isTakeover = waited || control.loadVolatile(base + at.state) === SlotState.ACTIVE;
  const isSuccessor = former !== 0 && isTakeover && !hasClaims(segment.shape.type);
  const previousPid = isSuccessor ? control.getInt32(base + at.pid) : undefined;
  // The state of a slot whose token was free: the last endpoint here said goodbye, or it died. Who looks on compares it
  // together with the generation.
  if (control.loadVolatile(base + at.state) === SlotState.ACTIVE)
    control.putInt32(base + at.deaths, control.getInt32(base + at.deaths) + 1);
  control.storeVolatile(base + at.generation, generation);
  if (nameAt(control.view, base + at.name) !== service) {
    putName(control, base + at.name, service);
    for (const counter of COUNTERS) control.putFloat64(base + at[counter], 0);
    clearHistogram(control, producerHistogram(segment.shape.type, slot));
  }
  // A sign of life: one that is stopped before its first beat would seem never to have had an event loop.
  control.putFloat64(base + at.heartbeatNs, systemClock().monotonicNs());
  control.putFloat64(base + at.seenNs, 0);
  segment.scratch.stamp(SENT_SCRATCH);
  control.putFloat64(base + at.attachedNs, segment.scratch.getFloat64(SENT_SCRATCH));
  control.putInt32(base + at.pid, process.pid);
  control.putInt32(base + at.pidNamespace, pidNamespace());
  const used = control.loadVolatile(CONTROL.at.producerSlotsUsed);
  if (slot >= used) control.storeVolatile(CONTROL.at.producerSlotsUsed, slot + 1);
  control.storeVolatile(base + at.state, SlotState.ACTIVE);
  return { slot, generation, previousPid };
}

function onlySlot(segment: Segment): number {
  if (lockOnlySlot(segment)) return 0;
  const { control } = segment;
  const base = producerSlotOffset(0);
  throw new BusError(
    'ERR_PRODUCER_TAKEN',
    `channel ${segment.channel} (${segment.shape.type}) has its one producer already: ` +
      `"${nameAt(control.view, base + at.name)}", process ${control.getInt32(base + at.pid)}. ` +
      "Stop that one first, wait for its end with producerAsync(channel, { role: 'backup' }), or make the channel MPSC or MPMC",
    { channel: segment.channel },
  );
}

/** The alarm comes first: whoever gets the lock and dies at once is heard by those who wait. */
function lockOnlySlot(segment: Segment): boolean {
  const alarm = holdAlarm(segment);
  let isTaken = false;
  try {
    isTaken = lockSlot(segment, producerSlotOffset(0));
    return isTaken;
  } finally {
    if (alarm !== undefined && isTaken) segment.keep(alarm);
    else if (alarm !== undefined) loadNative().closeFile(alarm);
  }
}

/** A slot that nobody holds. One whose producer died inside a claim is left alone while somebody else repairs that. */
function findSlot(segment: Segment): number {
  repairDeadClaims(segment);
  let unfinished = 0;
  for (let slot = 0; slot < PRODUCER_SLOTS; slot++) {
    const base = producerSlotOffset(slot);
    if (!lockSlot(segment, base)) continue;
    if (openClaimOf(segment, slot) === undefined) return slot;
    unlockSlot(segment, base);
    unfinished += 1;
  }
  const dead = unfinished === 0 ? '' : ` (${unfinished} of them by producers that died inside a claim)`;
  throw new BusError(
    'ERR_SLOTS_EXHAUSTED',
    `channel ${segment.channel}: all ${PRODUCER_SLOTS} producer slots are in use${dead}; close producers that are not needed`,
    { channel: segment.channel },
  );
}
