import { CONSUMER_SLOT, CONTROL, GatingPolicy, SlotState, consumerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { consumerSlotsUsed } from '../ring/gating.js';
import { RingHistory, joinAt } from '../ring/join.js';
import type { ConsumerPolicy } from './consumer-policy.js';
import { claimConsumerSlot, putPlace, putPolicy, slotNamed } from './consumer-slot.js';
import { isSlotLocked, unlockSlot, withAttachLock } from './slot-locks.js';
import { holdFor } from './start-from.js';

const { at } = CONSUMER_SLOT;

/*
 * A consumer for which the channel keeps everything has a slot that gates before it was ever attached. Every endpoint
 * makes sure of that before it attaches itself, so no producer can have written a message by then that nobody keeps.
 *
 * | death strikes | what is left | who mends it |
 * | --- | --- | --- |
 * | before DETACHED | a free slot | the next endpoint, which takes it or another one |
 * | after that, before `gates` | a slot that does not gate | the next endpoint, before it writes |
 * | after that, before the end of the join | a slot that may gate before the oldest record | the next endpoint |
 */

/** Makes slots for consumers that are to get everything and have none; `kept` are their names and policies. */
export function keepSlots(segment: Segment, kept: ReadonlyMap<string, ConsumerPolicy>): void {
  const missing = [...kept].filter(([name]) => !isKept(segment, name));
  if (missing.length === 0) return;
  const history = new RingHistory(segment);
  withAttachLock(segment, () => {
    for (const [name, policy] of missing) if (!isKept(segment, name)) keep(segment, history, name, policy);
  });
}

/** Whether its slot gates already; or somebody is attached, who sees to it himself. */
function isKept(segment: Segment, name: string): boolean {
  const { control } = segment;
  const slot = slotNamed(segment, name);
  if (slot === undefined) return false;
  const base = consumerSlotOffset(slot);
  if (control.loadVolatile(base + at.state) === SlotState.ACTIVE || isSlotLocked(segment, base)) return true;
  const isGating = control.loadVolatile(base + at.gates) === 1;
  const isAlways = control.getInt32(base + at.gating) === GatingPolicy.ALWAYS;
  return isGating && isAlways && control.getFloat64(base + at.cursor) >= control.getFloat64(CONTROL.at.oldest);
}

/** Its place: where that name stood, if it is still there, else the oldest record. What is missing it counts when it comes. */
function keep(segment: Segment, history: RingHistory, name: string, policy: ConsumerPolicy): void {
  const { control } = segment;
  const { slot, saved } = claimConsumerSlot(segment, name);
  const base = consumerSlotOffset(slot);
  const place = (): ReturnType<typeof holdFor> => holdFor(segment, history, 'resume', saved);
  putPlace(segment, slot, place());
  putPolicy(segment, base, policy);
  if (slot >= consumerSlotsUsed(segment)) control.storeVolatile(CONTROL.at.consumerSlotsUsed, slot + 1);
  control.storeVolatile(base + at.state, SlotState.DETACHED);
  control.storeVolatile(base + at.gates, 1);
  joinAt(segment, slot, place);
  unlockSlot(segment, base);
}
