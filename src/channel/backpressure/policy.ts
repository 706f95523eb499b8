import { CONTROL, producerSlotOffset } from '../../layout/schema.js';
import type { Segment } from '../../layout/segment.js';
import { BusError } from '../../platform/bus-error.js';
import { BACKPRESSURE, DROPPED } from '../../ring/codes.js';
import { isSlotLocked } from '../slot-locks.js';
import type { SpaceWait } from '../space-wait.js';
import { thisMachine, type Machine } from '../waiting.js';
import { CircuitBreaker, type BreakerState } from './circuit-breaker.js';
import { pauseThread } from './pause.js';
import type { BackpressureSettings } from './settings.js';
import type { SlotCounters } from './slot-counters.js';
import { WaterLevel, throttleDelayNs } from './water-level.js';

/** Told when the ring rises to the high-water mark (true), and when it is down to the low one again (false). */
export type WaterMarkHandler = (isHigh: boolean, utilization: number) => void;

/**
 * What one producer does about a ring that fills: the channel's mode, as far as it is not waiting for room. A producer
 * asks it before each write while it {@link isGuarding}, tells it of each write that found no room, and shows it the ring
 * now and then.
 */
export class BackpressurePolicy {
  readonly settings: BackpressureSettings;
  private readonly channel: string;
  private readonly counters: SlotCounters;
  private readonly level: WaterLevel;
  private readonly onWaterMark: WaterMarkHandler | undefined;
  /** A word whose two lowest bits are 0 while writes need not be admitted one by one: the breaker's, or one of its own. */
  readonly gate: Int32Array;
  private readonly circuit: CircuitBreaker | undefined;
  private readonly machine: Machine;
  /** The next write that finds room closes the breaker. */
  isProbing = false;
  /** Whether each write is held back. */
  isThrottling = false;
  /** For how long, as of the last look. */
  private delayNs = 0;
  /** Writers on the event loop are held back one after the other: until when the last of them is. */
  private heldUntilNs = 0;
  private isClosed = false;

  constructor(
    segment: Segment,
    slot: number,
    settings: BackpressureSettings,
    counters: SlotCounters,
    onWaterMark: WaterMarkHandler | undefined,
    machine: Machine = thisMachine(),
  ) {
    this.settings = settings;
    this.channel = segment.channel;
    this.counters = counters;
    this.level = new WaterLevel(settings);
    this.onWaterMark = onWaterMark;
    this.machine = machine;
    const isAlive = (other: number): boolean => isSlotLocked(segment, producerSlotOffset(other));
    if (settings.mode === 'CircuitBreaker') {
      this.circuit = new CircuitBreaker(segment.control, slot, settings, machine.clock, isAlive);
      this.gate = segment.control.word(CONTROL.at.breaker);
    } else {
      this.gate = new Int32Array(1);
    }
  }

  /** Whether writes must be admitted one by one. */
  get isGuarding(): boolean {
    return (this.gate[0]! & 3) !== 0;
  }

  get breaker(): BreakerState | undefined {
    return this.circuit?.state;
  }

  /** Whether a write may be tried; it is counted when not. */
  admits(): boolean {
    if (this.circuit === undefined || this.circuit.isClosed) return true;
    this.isProbing = this.circuit.mayProbe();
    if (this.isProbing) return true;
    this.counters.count('circuitOpen');
    return false;
  }

  /** The error of a write that was not admitted. */
  refusal(): BusError {
    return new BusError(
      'ERR_CIRCUIT_OPEN',
      `the circuit breaker of channel ${this.channel} is ${this.breaker}: its ring was full too often. Nothing was written. ` +
        'Write again later, or make its consumers faster',
      { channel: this.channel },
    );
  }

  /** Holds a write back, blocking the thread, for as long as the last look says. */
  hold(): void {
    const start = this.machine.clock.monotonicNs();
    if (!this.isThrottling) return;
    pauseThread(start + this.delayNs, this.machine);
    this.countHold(start);
  }

  /**
   * The same while the event loop turns. Calls that are under way at the same time are held back one after the other, or
   * so many would not be slowed down at all; but for others nobody waits beyond the time-out. Ends when the signal aborts,
   * and when the level has fallen or the producer is closed and somebody wakes `space`.
   */
  async holdLoop(space: SpaceWait, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.machine;
    const start = clock.monotonicNs();
    if (!this.isThrottling) return;
    const turn = Math.min(Math.max(this.heldUntilNs, start), start + timeoutMs * 1e6);
    const until = turn + this.delayNs;
    this.heldUntilNs = Math.max(until, this.heldUntilNs);
    await space.pause(until, clock, signal, () => !this.isThrottling);
    this.countHold(start);
  }

  /** The producer is closed: nobody is held back any more, and nothing counted. */
  close(): void {
    this.isThrottling = false;
    this.isClosed = true;
  }

  /** A write found no room: what it answers if it does not wait. */
  full(): number {
    this.counters.count('backpressure');
    this.isProbing = false;
    this.circuit?.failed();
    if (this.settings.mode !== 'DropNewest') return BACKPRESSURE;
    this.counters.count('dropped');
    return DROPPED;
  }

  /** A write that was admitted found room. */
  wrote(): void {
    if (!this.isProbing) return;
    this.isProbing = false;
    this.circuit?.succeeded();
  }

  /** A claim that was admitted was aborted. */
  gaveBack(): void {
    if (!this.isProbing) return;
    this.isProbing = false;
    this.circuit?.givenBack();
  }

  /** Takes a look at the ring into account. */
  see(utilization: number): void {
    const { level, settings } = this;
    const change = level.see(utilization);
    if (settings.mode === 'AdaptiveThrottle') {
      this.delayNs = throttleDelayNs(utilization, settings, settings);
      this.isThrottling = level.isHigh;
      this.gate[0] = Number(level.isHigh);
      if (change === 'fell') this.heldUntilNs = 0;
    }
    if (change === undefined) return;
    if (change === 'rose') this.counters.count('highWater');
    this.tell(change === 'rose', utilization);
  }

  /** What the handler throws must not make a message that was written look like one that was not. */
  private tell(isHigh: boolean, utilization: number): void {
    try {
      this.onWaterMark?.(isHigh, utilization);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  private countHold(startNs: number): void {
    if (this.isClosed) return;
    this.counters.count('throttled');
    this.counters.count('throttledNs', this.machine.clock.monotonicNs() - startNs);
  }
}
