import type { Segment } from '../layout/segment.js';
import type { Clock } from '../platform/clock.js';
import { BACKPRESSURE, CLOSED } from '../ring/codes.js';
import type { ProducerRing } from '../ring/producer-ring.js';
import { repairDeadClaims } from './claim-repair.js';
import type { IdleStrategy } from './idle.js';
import { LoopSleep } from './loop-sleep.js';
import { reapConsumers } from './reaper.js';
import { pauseLoop } from './backpressure/pause.js';
import { waitOnLoop, waitOnThread, type AwaitedByLoop } from './waiting.js';
import { longestSleepNs, sleepForSpace } from './wakeups.js';

/** The share of the ring that must be free before a sleeper is woken: more than the longest message takes. */
const WORTHWHILE = 1 / 4;
/** A sleeper looks at least this often whether those that it waits for still live. */
const SLICE_NS = 10e6;
/** And so often at most somebody who never waits. */
const GLANCE_NS = 10e6;
/** Processor pauses of a spinning writer. */
const PAUSES = 20;
/** An event loop that waits for room is woken by nobody: it sleeps 1, 2, 4, 8, 8 ... ms. */
const LONGEST_TIMER_MS = 8;

export interface AsyncWaitOptions {
  signal?: AbortSignal | undefined;
  /** The longest wait, in ms; default: the channel's. */
  timeoutMs?: number | undefined;
}

/**
 * How one producer waits for room. Consumers that died are given up, and claims of dead producers repaired, every 10 ms,
 * and once more before it gives up itself.
 */
export class SpaceWait {
  private readonly segment: Segment;
  private readonly ring: ProducerRing;
  private readonly idle: IdleStrategy;
  /** Of the calls of `writeAsync` that are under way. */
  private readonly sleeps = new Set<LoopSleep>();
  private glancedNs = -Infinity;

  constructor(segment: Segment, ring: ProducerRing, idle: IdleStrategy) {
    this.segment = segment;
    this.ring = ring;
    this.idle = idle;
  }

  /** Blocks the thread until `attempt` answers a sequence, or the time is over; answers its last result. */
  block(timeoutMs: number, attempt: () => number): number {
    let result = BACKPRESSURE;
    const succeeds = (): boolean => (result = attempt()) >= 0;
    const park = (longestNs: number): boolean => {
      const wanted = this.ring.tailPosition() - this.segment.capacity * (1 - WORTHWHILE);
      return sleepForSpace(this.segment, wanted, Math.min(longestNs, SLICE_NS, longestSleepNs()), succeeds);
    };
    const look = (): boolean => this.endWhatTheDeadHold();
    waitOnThread({ pauses: PAUSES, attempt: succeeds, look, awoke: () => {}, park }, this.idle, timeoutMs);
    return result;
  }

  /** The same without blocking the event loop. Ends early when the signal aborts, and at CLOSED. */
  async turn(timeoutMs: number, attempt: () => number, signal: AbortSignal | undefined): Promise<number> {
    let result = BACKPRESSURE;
    let timerMs = 1;
    return this.asleep(signal, async (sleep) => {
      const awaited: AwaitedByLoop = {
        attempt: () => signal?.aborted === true || (result = attempt()) >= 0 || result === CLOSED,
        look: () => this.endWhatTheDeadHold(),
        awoke: () => {},
        park: async (longestMs) => {
          await sleep.for(Math.min(timerMs, longestMs));
          timerMs = Math.min(timerMs * 2, LONGEST_TIMER_MS);
        },
      };
      await waitOnLoop(awaited, this.idle, timeoutMs, sleep);
      return result;
    });
  }

  /** Lets the event loop turn until a moment of the clock, until the signal aborts, or until {@link wake} when `isOver`. */
  pause(untilNs: number, clock: Clock, signal: AbortSignal | undefined, isOver: () => boolean): Promise<void> {
    return this.asleep(signal, (sleep) => pauseLoop(untilNs, clock, sleep, () => signal?.aborted === true || isOver()));
  }

  /**
   * For writers that never wait, of whom nobody else would find the dead that keep the ring full: a look, every 10 ms at
   * most. Whether there may be room now.
   */
  glance(clock: Clock): boolean {
    const now = clock.monotonicNs();
    if (now - this.glancedNs < GLANCE_NS) return false;
    this.glancedNs = now;
    return this.endWhatTheDeadHold();
  }

  /** Ends the sleep of every call that turns the event loop: each attempts again. */
  wake(): void {
    for (const sleep of this.sleeps) sleep.wake();
  }

  private async asleep<Result>(
    signal: AbortSignal | undefined,
    work: (sleep: LoopSleep) => Promise<Result>,
  ): Promise<Result> {
    const sleep = new LoopSleep();
    const wake = (): void => sleep.wake();
    this.sleeps.add(sleep);
    signal?.addEventListener('abort', wake, { once: true });
    try {
      return await work(sleep);
    } finally {
      signal?.removeEventListener('abort', wake);
      this.sleeps.delete(sleep);
      sleep.close();
    }
  }

  /** Whether there was anything: then there may be room now. */
  private endWhatTheDeadHold(): boolean {
    const repaired = repairDeadClaims(this.segment);
    return reapConsumers(this.segment) + repaired > 0;
  }
}
