import type { WaterMarks } from './settings.js';

/** Whether a ring is called high: from the high-water mark on, until it is down to the low one again. */
export class WaterLevel {
  isHigh = false;
  private readonly marks: WaterMarks;

  constructor(marks: WaterMarks) {
    this.marks = marks;
  }

  /** Takes a look at the ring into account, 0 empty to 1 full; whether it rose or fell with that. */
  see(utilization: number): 'rose' | 'fell' | undefined {
    const { highWaterMark, lowWaterMark } = this.marks;
    if (!this.isHigh && utilization >= highWaterMark) {
      this.isHigh = true;
      return 'rose';
    }
    if (this.isHigh && utilization <= lowWaterMark) {
      this.isHigh = false;
      return 'fell';
    }
    return undefined;
  }
}

/**
 * How long a write is held back while the level is high: `minDelayUs` at and below the high-water mark, growing in a
 * straight line to `maxDelayUs` when the ring is full. In ns.
 */
export function throttleDelayNs(
  utilization: number,
  { highWaterMark }: WaterMarks,
  { minDelayUs, maxDelayUs }: { readonly minDelayUs: number; readonly maxDelayUs: number },
): number {
  const full = highWaterMark < 1 ? (utilization - highWaterMark) / (1 - highWaterMark) : Number(utilization >= 1);
  const share = Math.min(Math.max(full, 0), 1);
  return (minDelayUs + share * (maxDelayUs - minDelayUs)) * 1000;
}
