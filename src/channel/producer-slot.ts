import { nameAt, putName } from '../layout/control-block.js';
import { hasClaims } from '../layout/geometry.js';
import { CONTROL, PRODUCER_SLOT, PRODUCER_SLOTS, SlotState, producerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { pidNamespace } from '../platform/pid-namespace.js';
import { SENT_SCRATCH } from '../ring/producer-ring.js';
import { openClaimOf } from '../ring/open-claim.js';
import { NO_SLOT, repairDeadClaims } from './claim-repair.js';
import { lockSlot, unlockSlot, withAttachLock } from './slot-locks.js';

const { at } = PRODUCER_SLOT;

/**
 * Takes a producer slot: the only one of a single-producer channel, or a free one of the others, where claims that dead
 * producers left are repaired first. Returns its number.
 */
export function takeProducerSlot(segment: Segment, service: string): number {
  return withAttachLock(segment, () => {
    const slot = hasClaims(segment.shape.type) ? findSlot(segment) : onlySlot(segment);
    const { control } = segment;
    const base = producerSlotOffset(slot);
    if (nameAt(control.view, base + at.name) !== service) {
      putName(control, base + at.name, service);
      for (const counter of [at.messages, at.messageBytes, at.backpressure, at.rejected])
        control.putFloat64(base + counter, 0);
    }
    // The state of a slot whose token was free: the last endpoint here said goodbye, or it died.
    if (control.loadVolatile(base + at.state) === SlotState.ACTIVE)
      control.putInt32(base + at.deaths, control.getInt32(base + at.deaths) + 1);
    control.putFloat64(base + at.heartbeatNs, 0);
    control.putFloat64(base + at.seenNs, 0);
    segment.scratch.stamp(SENT_SCRATCH);
    control.putFloat64(base + at.attachedNs, segment.scratch.getFloat64(SENT_SCRATCH));
    control.putInt32(base + at.pid, process.pid);
    control.putInt32(base + at.pidNamespace, pidNamespace());
    control.putInt32(base + at.generation, control.getInt32(base + at.generation) + 1);
    const used = control.loadVolatile(CONTROL.at.producerSlotsUsed);
    if (slot >= used) control.storeVolatile(CONTROL.at.producerSlotsUsed, slot + 1);
    control.storeVolatile(base + at.state, SlotState.ACTIVE);
    return slot;
  });
}

export function releaseProducerSlot(segment: Segment, slot: number): void {
  const base = producerSlotOffset(slot);
  segment.control.storeVolatile(base + at.state, SlotState.DETACHED);
  unlockSlot(segment, base);
}

function onlySlot(segment: Segment): number {
  const base = producerSlotOffset(0);
  if (lockSlot(segment, base)) return 0;
  const { control } = segment;
  throw new BusError(
    'ERR_PRODUCER_TAKEN',
    `channel ${segment.channel} (${segment.shape.type}) has its one producer already: ` +
      `"${nameAt(control.view, base + at.name)}", process ${control.getInt32(base + at.pid)}. ` +
      'Stop that one first, or make the channel MPSC or MPMC',
    { channel: segment.channel },
  );
}

/** A slot that nobody holds. One whose producer died inside a claim is left alone while somebody else repairs that. */
function findSlot(segment: Segment): number {
  repairDeadClaims(segment, NO_SLOT);
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
