import type { Clock } from '../../platform/clock.js';
import { nextTurn, type LoopSleep } from '../loop-sleep.js';
import type { Machine } from '../waiting.js';

/** A sleeping thread may come back so much later than it asked for: the rest of a pause is waited for awake. */
const OVERSLEEP_NS = 80e3;
/** So short a rest is spun. */
const SPIN_NS = 5e3;
const PAUSES = 20;
/** A timer of the event loop has milliseconds, and comes late rather than early. */
const TIMER_NS = 2e6;

/** Blocks the thread until a moment of the clock, to some microseconds. */
export function pauseThread(untilNs: number, { clock, processor }: Machine): void {
  for (let left = untilNs - clock.monotonicNs(); left > 0; left = untilNs - clock.monotonicNs()) {
    if (left > 2 * OVERSLEEP_NS) processor.sleep(left - OVERSLEEP_NS);
    else if (left > SPIN_NS) processor.yieldProcessor();
    else processor.pause(PAUSES);
  }
}

/** The same while the event loop turns, or until `isOver` says so: it is asked at each turn, and whenever `sleep` is woken. */
export async function pauseLoop(untilNs: number, clock: Clock, sleep: LoopSleep, isOver: () => boolean): Promise<void> {
  for (let left = untilNs - clock.monotonicNs(); left > 0 && !isOver(); left = untilNs - clock.monotonicNs()) {
    await (left > TIMER_NS ? sleep.for(Math.floor((left - TIMER_NS / 2) / 1e6)) : nextTurn());
  }
}
