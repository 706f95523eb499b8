import { setImmediate as nextTurn, setTimeout as later } from 'node:timers/promises';
import type { Segment } from '../layout/segment.js';
import { loadNative } from '../platform/load-native.js';
import { systemClock } from '../platform/clock.js';
import { CLOSED } from '../ring/codes.js';
import type { ProducerRing } from '../ring/producer-ring.js';
import { repairDeadClaims } from './claim-repair.js';
import { reapConsumers } from './reaper.js';
import { longestSleepNs, sleepForSpace } from './wakeups.js';

/** A moment on the processor, for what comes at once. */
const SPIN_NS = 3_000;
/** Then it is offered to whoever needs it, the consumer perhaps; about as long as a sleep and a wake-up would take. */
const YIELDS = 50;
/** Turns of the event loop before a waiting `writeAsync` sleeps between its attempts. */
const TURNS = 20;
/** The share of the ring that must be free before a sleeper is woken: more than the longest message takes. */
const WORTHWHILE = 1 / 4;
/** A sleeper looks at least this often whether those that it waits for still live. */
const SLICE_NS = 10e6;

/**
 * Waits, blocking the thread, until `attempt` succeeds or the time is over: spins, then yields, then sleeps. Consumers that
 * died are given up, and claims of dead producers repaired, after each sleep, and once before it gives up itself. `slot` is
 * the producer's own.
 */
export function waitForSpace(
  segment: Segment,
  slot: number,
  ring: ProducerRing,
  timeoutMs: number,
  attempt: () => boolean,
): boolean {
  const native = loadNative();
  const clock = systemClock();
  const start = clock.monotonicNs();
  const deadline = start + timeoutMs * 1e6;
  do {
    if (attempt()) return true;
    native.pause(20);
  } while (clock.monotonicNs() - start < SPIN_NS);
  for (let i = 0; i < YIELDS && clock.monotonicNs() < deadline; i++) {
    if (attempt()) return true;
    native.yieldProcessor();
  }
  for (;;) {
    const left = deadline - clock.monotonicNs();
    if (left <= 0) return attempt() || (endWhatTheDeadHold(segment, slot) && attempt());
    const wanted = ring.tailPosition() - segment.capacity * (1 - WORTHWHILE);
    if (sleepForSpace(segment, wanted, Math.min(left, SLICE_NS, longestSleepNs()), attempt) || attempt()) return true;
    if (endWhatTheDeadHold(segment, slot) && attempt()) return true;
  }
}

/** Ends it also for consumers that read nothing, see reaper.ts. Whether there was anything: then there may be room now. */
function endWhatTheDeadHold(segment: Segment, slot: number): boolean {
  const repaired = repairDeadClaims(segment, slot);
  return reapConsumers(segment) + repaired > 0;
}

export interface AsyncWaitOptions {
  signal?: AbortSignal | undefined;
  /** The longest wait, in ms; default: the channel's. */
  timeoutMs?: number | undefined;
}

/**
 * The same without blocking the event loop: turns, then timers. Answers the attempt's last result, negative when the time
 * is over.
 */
export async function waitForSpaceAsync(
  segment: Segment,
  slot: number,
  attempt: () => number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const clock = systemClock();
  const deadline = clock.monotonicNs() + timeoutMs * 1e6;
  for (let turn = 0; ; turn++) {
    if (turn < TURNS) await nextTurn();
    else await later(Math.min(1 << Math.min(turn - TURNS, 3), 8));
    if (signal?.aborted === true) return -1;
    const result = attempt();
    if (result >= 0 || result === CLOSED) return result;
    const over = clock.monotonicNs() >= deadline;
    const isFreed = (over || turn >= TURNS) && endWhatTheDeadHold(segment, slot);
    if (over) return isFreed ? attempt() : result;
    if (isFreed) turn = 0;
  }
}
