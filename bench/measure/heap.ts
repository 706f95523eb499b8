import { getHeapStatistics } from 'node:v8';
import { median } from '../statistics/spread.js';

function usedBytes(): number {
  return getHeapStatistics().used_heap_size;
}

/**
 * Bytes of JavaScript heap that work allocates.
 *
 * V8 takes young objects from a buffer by moving a pointer, and the used size says where that pointer stands; so between
 * two readings without a collection the difference is exactly what was allocated. Measure in short turns: a turn in which
 * a collection makes the used size fall counts as nothing, the others still show what there is.
 */
export class HeapGrowth {
  /** Bytes so far, without those that the readings themselves allocate. */
  bytes = 0;
  private readonly readingBytes: number;

  constructor() {
    const readings: number[] = [];
    for (let i = 0; i < 200; i++) {
      const before = usedBytes();
      const after = usedBytes();
      if (after >= before) readings.push(after - before);
    }
    this.readingBytes = median(readings);
  }

  measure(work: () => void): void {
    const before = usedBytes();
    work();
    this.bytes += Math.max(0, usedBytes() - before - this.readingBytes);
  }
}
