import { hasClaims } from '../layout/geometry.js';
import { WaiterKind } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import type { RecordConsumer } from '../ring/record-consumer.js';
import { CLAIM_LOOK_NS, repairAtCursor } from './claim-repair.js';
import type { IdleStrategy } from './idle.js';
import { noteLook } from './last-look.js';
import { LoopSleep } from './loop-sleep.js';
import { refuseRemoved, refuseTruncated } from './lost-segment.js';
import { isBeaten, setSleeper } from './nudge.js';
import { waitOnLoop, waitOnThread, type AwaitedByLoop, type AwaitedByThread } from './waiting.js';
import { WakeFifo } from './wake-fifo.js';
import { announceConsumerSleep, endConsumerSleep, longestSleepNs, sleepOnFutex, wakeSignalOf } from './wakeups.js';

/**
 * A claim that is made while its reader sleeps wakes nobody, and if its producer dies nobody will. So where there are
 * claims, a sleeper opens its eyes this often: it looks whether there is one, and if not sleeps on as it was.
 */
const BLINK_NS = 190e6;
/** After so many of these it wakes all the same, and says anew that it sleeps. */
const BLINKS = 25;
/** As does a sleeper that the beat of its event loop nudges: it need not blink. */
const NUDGED_MS = 5000;
/** Processor pauses of a spinning reader: a moment, so that it does not take the line from under the writer's store. */
const PAUSES = 4;

/** How one consumer waits for its next message. */
export class MessageWait {
  private readonly segment: Segment;
  private readonly slot: number;
  private readonly ring: RecordConsumer;
  private readonly ready: () => boolean;
  private readonly idle: IdleStrategy;
  private readonly onThread: AwaitedByThread;
  private readonly sleep = new LoopSleep();
  private fifo: WakeFifo | undefined;

  /** `ready` says whether there is something to hand over: a record, or what was set aside and is wanted again. */
  constructor(segment: Segment, slot: number, ring: RecordConsumer, ready: () => boolean, idle: IdleStrategy) {
    this.segment = segment;
    this.slot = slot;
    this.ring = ring;
    this.ready = ready;
    this.idle = idle;
    this.onThread = {
      pauses: PAUSES,
      attempt: ready,
      look: () => this.look(),
      awoke: () => this.awoke(),
      park: (longestNs) => this.parkThread(longestNs),
    };
  }

  /** Blocks the thread until a record is there (true) or the time is over. */
  block(timeoutMs: number): boolean {
    return waitOnThread(this.onThread, this.idle, timeoutMs);
  }

  /** Turns the event loop until a record is there, the consumer is closed or the signal aborts. */
  turn(signal: AbortSignal | undefined): Promise<unknown> {
    const { ring } = this;
    const awaited: AwaitedByLoop = {
      attempt: () => ring.closed || signal?.aborted === true || this.ready(),
      look: () => this.look(),
      awoke: () => {
        if (!ring.closed) this.awoke();
      },
      park: () => this.parkLoop(),
    };
    return waitOnLoop(awaited, this.idle, Infinity, this.sleep);
  }

  /** Ends a sleep of the event loop: it looks again. */
  wake(): void {
    this.sleep.wake();
  }

  close(): void {
    this.sleep.close();
    this.fifo?.close();
  }

  private parkThread(longestNs: number): boolean {
    const { segment, slot } = this;
    const signal = wakeSignalOf(segment, slot);
    announceConsumerSleep(segment, slot, WaiterKind.FUTEX);
    if (this.ready()) return false;
    const sleepNs = Math.min(longestNs, this.longestSleepNs());
    const goesOn = sleepNs === BLINK_NS ? this.blinks(longestNs) : undefined;
    do sleepOnFutex(segment, slot, signal, sleepNs);
    while (goesOn?.() === true && wakeSignalOf(segment, slot) === signal);
    return false;
  }

  private async parkLoop(): Promise<void> {
    const { segment, slot } = this;
    if (this.fifo === undefined) {
      this.fifo = new WakeFifo(segment, slot, () => this.sleep.wake());
      setSleeper(segment, () => {
        if (this.isDisturbed()) this.sleep.wake();
      });
    }
    announceConsumerSleep(segment, slot, WaiterKind.FIFO);
    if (this.ready()) return;
    const sleepNs = this.longestSleepNs();
    // Shorter than a blink: a claim is open, or wake-ups may be missed. That is too soon for the beat.
    if (isBeaten(segment) && sleepNs >= BLINK_NS) await this.sleep.for(NUDGED_MS);
    else await this.sleep.for(sleepNs / 1e6, sleepNs === BLINK_NS ? this.blinks(Infinity) : undefined);
  }

  /**
   * Whether a sleep goes on after each of its parts. This is all that an idle thread does, some five times a second: what it
   * costs is what a thread in which nothing happens costs.
   */
  private blinks(longestNs: number): () => boolean {
    let left = Math.min(BLINKS, Math.floor(longestNs / BLINK_NS));
    return () => {
      left -= 1;
      if (left <= 0 || this.isDisturbed()) return false;
      noteLook(this.segment, this.slot);
      return true;
    };
  }

  /** Whether something has happened that should have woken it, or that wakes nobody. */
  private isDisturbed(): boolean {
    const { segment, ring } = this;
    return segment.isTruncated() || !segment.isLinked() || ring.claimant() >= 0 || this.ready();
  }

  /** The death of a producer inside a claim wakes nobody. */
  private longestSleepNs(): number {
    if (!hasClaims(this.segment.shape.type)) return longestSleepNs();
    return Math.min(longestSleepNs(), this.ring.claimant() < 0 ? BLINK_NS : CLAIM_LOOK_NS);
  }

  private awoke(): void {
    refuseTruncated(this.segment);
    if (this.idle === 'park') endConsumerSleep(this.segment, this.slot);
  }

  private look(): boolean {
    refuseTruncated(this.segment);
    refuseRemoved(this.segment);
    noteLook(this.segment, this.slot);
    return repairAtCursor(this.segment, this.ring);
  }
}
