import { CONSUMER_SLOT, SlotState, consumerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import type { RingHistory } from '../ring/join.js';
import type { RecordConsumer } from '../ring/record-consumer.js';
import { countLost } from './consumer-slot.js';
import { tryWithAttachLock } from './slot-locks.js';
import { findStart } from './start-from.js';

const { at } = CONSUMER_SLOT;

/** Whether a consumer that lives, and gates by its policy, was given up, because it read nothing for so long. */
export function isEvicted({ control }: Segment, slot: number): boolean {
  return control.loadAcquire(consumerSlotOffset(slot) + at.gates) === 0;
}

/**
 * An evicted consumer takes its place again: where it stood, or at the oldest record; what it missed in between is counted
 * as lost. From then on producers wait for it as before. While somebody else attaches or reaps, it stays out: false.
 *
 * It is the attaching of a name that resumes, with the same order of stores, and the same for a death on the way: the
 * cursor never goes back, and the slot's sequence stays behind until the difference is counted.
 */
export function takePlaceAgain(segment: Segment, slot: number, ring: RecordConsumer, history: RingHistory): boolean {
  const back = tryWithAttachLock(segment, () => {
    if (!isEvicted(segment, slot)) return true;
    const { control } = segment;
    const base = consumerSlotOffset(slot);
    // Nobody waits for this cursor now. It and the counters are to be those that are counted on from.
    ring.publish();
    const saved = { position: ring.position, sequence: ring.nextSequence };
    control.storeVolatile(base + at.state, SlotState.ACTIVE);
    control.storeVolatile(base + at.gates, 1);
    const { place, lost } = findStart(segment, history, slot, 'resume', saved);
    if (lost > 0) countLost(segment, slot, lost, place.sequence);
    if (lost > 0) ring.lose(place.sequence - lost, lost, 'overwritten');
    ring.moveTo(place);
    ring.publish();
    return true;
  });
  return back ?? false;
}
