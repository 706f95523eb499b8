import type { Clock } from '../../platform/clock.js';
import { loadNative } from '../../platform/load-native.js';
import { LoopSleep, nextTurn } from '../loop-sleep.js';

/** A sleeping thread may come back so much later than it asked for: the rest of a pause is waited for awake. */
const OVERSLEEP_NS = 80e3;
/** So short a rest is spun. */
const SPIN_NS = 5e3;
/** A timer of the event loop has milliseconds, and comes late rather than early. */
const TIMER_NS = 2e6;

/** Blocks the thread for `ns`, to some microseconds; answers how long it was. */
export function pauseThread(ns: number, clock: Clock): number {
  const native = loadNative();
  const start = clock.monotonicNs();
  for (let left = ns; left > 0; left = start + ns - clock.monotonicNs()) {
    if (left > 2 * OVERSLEEP_NS) native.sleep(left - OVERSLEEP_NS);
    else if (left > SPIN_NS) native.yieldProcessor();
    else native.pause(20);
  }
  return clock.monotonicNs() - start;
}

/** The same while the event loop turns, and until the signal aborts. */
export async function pauseLoop(ns: number, clock: Clock, signal: AbortSignal | undefined): Promise<number> {
  const start = clock.monotonicNs();
  const sleep = new LoopSleep();
  const wake = (): void => sleep.wake();
  signal?.addEventListener('abort', wake, { once: true });
  try {
    for (let left = ns; left > 0 && signal?.aborted !== true; left = start + ns - clock.monotonicNs()) {
      await (left > TIMER_NS ? sleep.for(Math.floor((left - TIMER_NS / 2) / 1e6)) : nextTurn());
    }
    return clock.monotonicNs() - start;
  } finally {
    signal?.removeEventListener('abort', wake);
    sleep.close();
  }
}
