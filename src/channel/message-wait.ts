import { WaiterKind } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { systemClock } from '../platform/clock.js';
import { loadNative } from '../platform/load-native.js';
import type { RecordConsumer } from '../ring/record-consumer.js';
import { refuseRemoved, refuseTruncated } from './lost-segment.js';
import { announceConsumerSleep, endConsumerSleep, longestSleepNs, sleepOnFutex, wakeSignalOf } from './wakeups.js';

/** A moment on the processor, for what comes at once. */
const SPIN_NS = 3_000;
/** Then it is offered to whoever needs it, the producer perhaps; about as long as a sleep and a wake-up would take. */
const YIELDS = 50;

/**
 * Waits, blocking the thread, until a record is there (true) or the time is over: spins, then
 * yields, then sleeps on the slot's futex.
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
    if (left <= 0) return ring.ready();
    const signal = wakeSignalOf(segment, slot);
    announceConsumerSleep(segment, slot, WaiterKind.FUTEX);
    if (!ring.ready()) sleepOnFutex(segment, slot, signal, Math.min(left, longestSleepNs()));
    refuseTruncated(segment);
    endConsumerSleep(segment, slot);
    if (ring.ready()) return true;
    refuseRemoved(segment);
  }
}
