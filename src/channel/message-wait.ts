import { hasClaims } from '../layout/geometry.js';
import { WaiterKind } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import type { RecordConsumer } from '../ring/record-consumer.js';
import { repairAtCursor } from './claim-repair.js';
import type { IdleStrategy } from './idle.js';
import { LoopSleep } from './loop-sleep.js';
import { refuseRemoved, refuseTruncated } from './lost-segment.js';
import { waitOnLoop, waitOnThread, type AwaitedByLoop, type AwaitedByThread } from './waiting.js';
import { WakeFifo } from './wake-fifo.js';
import { announceConsumerSleep, endConsumerSleep, longestSleepNs, sleepOnFutex, wakeSignalOf } from './wakeups.js';

/** While a claim is open at the cursor, a sleeper looks at least this often whether its producer still lives. */
const CLAIM_SLICE_NS = 20e6;
/**
 * A claim that is made while its reader sleeps wakes nobody, and if its producer dies nobody will: so where there are
 * claims, a sleeper looks by itself this often.
 */
const UNSEEN_CLAIM_SLICE_NS = 150e6;
/** Processor pauses of a spinning reader: a moment, so that it does not take the line from under the writer's store. */
const PAUSES = 4;

/** How one consumer waits for its next message. */
export class MessageWait {
  private readonly segment: Segment;
  private readonly slot: number;
  private readonly ring: RecordConsumer;
  private readonly idle: IdleStrategy;
  private readonly onThread: AwaitedByThread;
  private readonly sleep = new LoopSleep();
  private fifo: WakeFifo | undefined;

  constructor(segment: Segment, slot: number, ring: RecordConsumer, idle: IdleStrategy) {
    this.segment = segment;
    this.slot = slot;
    this.ring = ring;
    this.idle = idle;
    this.onThread = {
      pauses: PAUSES,
      attempt: () => ring.ready(),
      look: () => this.look(),
      awoke: () => refuseTruncated(segment),
      park: (longestNs) => this.parkThread(longestNs),
    };
  }

  /** Blocks the thread until a record is there (true) or the time is over. */
  block(timeoutMs: number): boolean {
    return waitOnThread(this.onThread, this.idle, timeoutMs);
  }

  /** Turns the event loop until a record is there, the consumer is closed or the signal aborts. */
  async turn(signal: AbortSignal | undefined): Promise<void> {
    const { ring } = this;
    const awaited: AwaitedByLoop = {
      attempt: () => ring.closed || signal?.aborted === true || ring.ready(),
      look: () => this.look(),
      awoke: () => {
        if (!ring.closed) refuseTruncated(this.segment);
      },
      park: () => this.parkLoop(),
    };
    await waitOnLoop(awaited, this.idle, Infinity, this.sleep);
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
    const { segment, slot, ring } = this;
    const signal = wakeSignalOf(segment, slot);
    announceConsumerSleep(segment, slot, WaiterKind.FUTEX);
    if (!ring.ready()) sleepOnFutex(segment, slot, signal, Math.min(longestNs, this.longestSleepNs()));
    refuseTruncated(segment);
    endConsumerSleep(segment, slot);
    return false;
  }

  private async parkLoop(): Promise<void> {
    const { segment, slot, ring } = this;
    this.fifo ??= new WakeFifo(segment, slot, () => this.sleep.wake());
    announceConsumerSleep(segment, slot, WaiterKind.FIFO);
    if (!ring.ready()) await this.sleep.for(this.longestSleepNs() / 1e6);
    if (ring.closed) return;
    refuseTruncated(segment);
    endConsumerSleep(segment, slot);
  }

  /** The death of a producer inside a claim wakes nobody. */
  private longestSleepNs(): number {
    if (!hasClaims(this.segment.shape.type)) return longestSleepNs();
    return Math.min(longestSleepNs(), this.ring.claimant() < 0 ? UNSEEN_CLAIM_SLICE_NS : CLAIM_SLICE_NS);
  }

  private look(): boolean {
    refuseTruncated(this.segment);
    refuseRemoved(this.segment);
    return repairAtCursor(this.segment, this.ring);
  }
}
