import { systemClock, type Clock } from '../platform/clock.js';
import { loadNative } from '../platform/load-native.js';
import type { Native } from '../platform/native.js';
import { neverSleeps, type IdleStrategy } from './idle.js';
import { nextTurn, type LoopSleep } from './loop-sleep.js';

/*
 * How an endpoint waits, whatever it waits for: spin, then yield, then sleep, as far up as its strategy goes. One form
 * blocks the thread, the other one turns the event loop.
 */

/** A moment on the processor, for what comes at once. */
const SPIN_NS = 3_000;
/** Then it is offered to whoever needs it, the other side perhaps; about as long as a sleep and a wake-up would take. */
const YIELDS = 50;
/** And no longer than this: where many wait for a processor one turn takes a millisecond, and who sleeps is not among them. */
const YIELDING_NS = 2e6;
/** Who never sleeps reads the clock after so many turns: reading it takes time, and makes garbage. */
const TURNS_BY_CLOCK = 64;
/** Turns of the event loop before it sleeps. */
const LOOP_TURNS = 20;
const SHORTEST_SLEEP_NS = 1e3;
const LONGEST_SLEEP_NS = 1e6;
/** So often, at most, somebody who waits in vain looks for what no message tells. */
const LOOK_NS = 4e6;

/** What somebody waits for. */
export interface Awaited {
  /** Whether it is there, or waiting on has no point. After a true it is not asked again. */
  attempt(): boolean;
  /**
   * Looks whether something is wrong that wakes nobody: a death, a segment that is lost (it throws then). Whether another
   * attempt might succeed now.
   */
  look(): boolean;
  /** Called after every sleep, parked or not, before anything is read: a segment may have been cut off meanwhile. */
  awoke(): void;
}

/** The same for a thread that blocks. */
export interface AwaitedByThread extends Awaited {
  /** Processor pauses between two attempts of one who spins. */
  readonly pauses: number;
  /**
   * Sleeps until woken, at most `longestNs`: says that it will, looks once more, and if that look was an attempt that
   * succeeded answers true at once.
   */
  park(longestNs: number): boolean;
}

/** The same for an event loop. */
export interface AwaitedByLoop extends Awaited {
  /** Sleeps until woken, at most `longestMs`; looks once more before. */
  park(longestMs: number): Promise<void>;
}

/** What waiting needs of the machine; tests have another one. */
export interface Machine {
  readonly clock: Clock;
  readonly processor: Pick<Native, 'pause' | 'yieldProcessor' | 'sleep'>;
}

export function thisMachine(): Machine {
  return { clock: systemClock(), processor: loadNative() };
}

/** Waits, blocking the thread, until an attempt succeeds (true) or the time is over. */
export function waitOnThread(
  awaited: AwaitedByThread,
  idle: IdleStrategy,
  timeoutMs: number,
  { clock, processor }: Machine = thisMachine(),
): boolean {
  const start = clock.monotonicNs();
  const deadline = start + timeoutMs * 1e6;
  let now = start;
  let lookAt = start + LOOK_NS;
  let yields = 0;
  let sleepNs = SHORTEST_SLEEP_NS;
  for (let turn = 1; ; turn++) {
    if (awaited.attempt()) return true;
    const isNew = now - start < SPIN_NS;
    if (isNew || idle === 'spin') {
      processor.pause(awaited.pauses);
    } else if (idle === 'yield' || (yields < YIELDS && now - start < YIELDING_NS)) {
      processor.yieldProcessor();
      yields += 1;
    } else if (idle === 'backoff') {
      processor.sleep(Math.min(sleepNs, deadline - now));
      awaited.awoke();
      sleepNs = Math.min(sleepNs * 2, LONGEST_SLEEP_NS);
    } else {
      if (awaited.park(deadline - now)) return true;
      awaited.awoke();
      if (awaited.attempt()) return true;
    }
    if (!isNew && neverSleeps(idle) && turn % TURNS_BY_CLOCK !== 0) continue;
    now = clock.monotonicNs();
    const over = now >= deadline;
    if (!over && now < lookAt) continue;
    if (awaited.attempt() || (awaited.look() && awaited.attempt())) return true;
    if (over) return false;
    lookAt = now + LOOK_NS;
  }
}

/** Waits, turning the event loop, until an attempt succeeds (true) or the time is over. Whoever ends it wakes `sleep`. */
export async function waitOnLoop(
  awaited: AwaitedByLoop,
  idle: IdleStrategy,
  timeoutMs: number,
  sleep: LoopSleep,
  { clock, processor }: Machine = thisMachine(),
): Promise<boolean> {
  let now = clock.monotonicNs();
  const deadline = now + timeoutMs * 1e6;
  let lookAt = now + LOOK_NS;
  for (let turn = 1; ; turn++) {
    if (neverSleeps(idle) || turn <= LOOP_TURNS) {
      if (idle === 'yield') processor.yieldProcessor();
      await nextTurn();
    } else {
      await (idle === 'backoff' ? sleep.for(LONGEST_SLEEP_NS / 1e6) : awaited.park((deadline - now) / 1e6));
      awaited.awoke();
    }
    if (awaited.attempt()) return true;
    now = clock.monotonicNs();
    const over = now >= deadline;
    if (!over && now < lookAt) continue;
    if (awaited.look() && awaited.attempt()) return true;
    if (over) return false;
    lookAt = now + LOOK_NS;
  }
}
