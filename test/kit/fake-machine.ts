import type { Clock } from '#src/platform/clock.js';
import type { Machine } from '#src/channel/waiting.js';

const PAUSE_NS = 20;
const YIELD_NS = 1_000;

/** A machine whose time passes only by what is done on it, and when the test says so. */
export class FakeMachine implements Machine {
  nowNs: number;
  /** What was slept, ns. */
  readonly sleeps: number[] = [];
  readonly clock: Clock = { monotonicNs: () => this.nowNs };
  readonly processor = {
    pause: (iterations: number): void => void (this.nowNs += iterations * PAUSE_NS),
    yieldProcessor: (): void => void (this.nowNs += YIELD_NS),
    sleep: (ns: number): void => {
      this.sleeps.push(ns);
      this.nowNs += ns + this.oversleepNs;
    },
  };
  private readonly startNs: number;
  private readonly oversleepNs: number;

  constructor({ nowNs = 5e12, oversleepNs = 0 } = {}) {
    this.nowNs = nowNs;
    this.startNs = nowNs;
    this.oversleepNs = oversleepNs;
  }

  get elapsedNs(): number {
    return this.nowNs - this.startNs;
  }
}
