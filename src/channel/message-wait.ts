import { CONSUMER_SLOT, WaiterKind, consumerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { systemClock } from '../platform/clock.js';
import { loadNative } from '../platform/load-native.js';
import type { RecordConsumer } from '../ring/record-consumer.js';
import { repairAtCursor } from './claim-repair.js';
import { refuseRemoved, refuseTruncated } from './lost-segment.js';
import { announceConsumerSleep, endConsumerSleep, longestSleepNs, sleepOnFutex, wakeSignalOf } from './wakeups.js';

/** A moment on the processor, for what comes at once. */
const SPIN_NS = 3_000;
/** Then it is offered to whoever needs it, the producer perhaps; about as long as a sleep and a wake-up would take. */
const YIELDS = 50;
/** While a claim is open at the cursor, a sleeper looks at least this often whether its producer still lives. */
const CLAIM_SLICE_NS = 20e6;

/**
 * Waits, blocking the thread, until a record is there (true) or the time is over: spins, then yields, then sleeps on the
 * slot's futex.
 */
export function waitForMessage(segment: Segment, slot: number, ring: RecordConsumer, timeoutMs: number): boolean {
  const native = loadNative();
  const clock = systemClock();
  const start = clock.monotonicNs();
  const deadline = start + timeoutMs * 1e6;
  do {
    if (ring.ready()) return true;
    native.pause(4);
  } while (clock.monotonicNs() - start < SPIN_NS);
  for (let i = 0; i < YIELDS && clock.monotonicNs() < deadline; i++) {
    if (ring.ready()) return true;
    native.yieldProcessor();
  }
  for (;;) {
    const left = deadline - clock.monotonicNs();
    if (left <= 0) return ring.ready() || (repairAtCursor(segment, ring) && ring.ready());
    const signal = wakeSignalOf(segment, slot);
    announceConsumerSleep(segment, slot, WaiterKind.FUTEX);
    if (!ring.ready()) sleepOnFutex(segment, slot, signal, Math.min(left, longestSleepAt(ring)));
    refuseTruncated(segment);
    endConsumerSleep(segment, slot);
    if (ring.ready()) return true;
    noteLook(segment, slot);
    afterVainSleep(segment, ring);
  }
}

/** The longest single sleep of a consumer, in ns. The death of a producer inside a claim wakes nobody. */
export function longestSleepAt(ring: RecordConsumer): number {
  return ring.claimant() < 0 ? longestSleepNs() : Math.min(longestSleepNs(), CLAIM_SLICE_NS);
}

/** After a sleep that brought no message: what might be the reason, beside that there is none. */
export function afterVainSleep(segment: Segment, ring: RecordConsumer): void {
  refuseRemoved(segment);
  repairAtCursor(segment, ring);
}

/** After so many polls in a row that brought nothing. */
export function afterVainPolls(segment: Segment, slot: number, ring: RecordConsumer): void {
  noteLook(segment, slot);
  repairAtCursor(segment, ring);
}

/** A thread that blocks in its waits, or polls without end, turns no event loop: this is how others see that it goes on. */
function noteLook({ control }: Segment, slot: number): void {
  control.putFloat64(consumerSlotOffset(slot) + CONSUMER_SLOT.at.lookedNs, systemClock().monotonicNs());
}
