import { loadNative } from '#src/platform/load-native.js';
import { nowNs, spinUntil } from '../run/worker.js';

/** Sleeps end late by up to this; the rest of the time is spun. */
const SLEEP_SLACK_NS = 200_000;

/**
 * The intended times of sending: one every interval from the start on, whatever happens. Who is late sends at once, and
 * its latency counts from the intended time: so a stall is felt by every message that should have been sent during it, as
 * it would be by those who wait for them (no coordinated omission).
 */
export class Schedule {
  private next: number;
  private readonly intervalNs: number;

  constructor(firstNs: number, intervalNs: number) {
    this.next = firstNs;
    this.intervalNs = intervalNs;
  }

  /** Waits for the next intended time and answers it. An interval of 0 means: now. */
  await(): number {
    const intended = this.intervalNs === 0 ? nowNs() : this.next;
    this.next += this.intervalNs;
    const leftNs = intended - nowNs();
    if (leftNs > 2 * SLEEP_SLACK_NS) loadNative().sleep(leftNs - SLEEP_SLACK_NS);
    spinUntil(intended);
    return intended;
  }
}

/** The number of a ping that says to the other side that it was the last one. */
export const LAST = -1;

/** How a consumer waits for a message when latency counts: `spin` polls without a pause. */
export type LatencyIdle = 'spin' | 'waitSync' | 'subscribe';

/** Collects latencies in ns; what comes after it is full is dropped. */
export class Samples {
  private readonly values: Float64Array;
  private count = 0;

  constructor(capacity: number) {
    this.values = new Float64Array(capacity);
  }

  add(value: number): void {
    if (this.count < this.values.length) this.values[this.count++] = value;
  }

  taken(): Float64Array {
    return this.values.subarray(0, this.count);
  }
}
