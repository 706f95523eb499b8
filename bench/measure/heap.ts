import { getHeapStatistics } from 'node:v8';
import { median } from '../statistics/spread.js';

/**
 * Share of turns that is left out, those that grew most. V8's compiler, which runs when it likes, puts its results on the
 * same heap, some hundred KB at once; what the measured work allocates is in every turn, or in many of them.
 */
const OUTLIERS = 0.05;

function usedBytes(): number {
  return getHeapStatistics().used_heap_size;
}

/**
 * Bytes of JavaScript heap that work allocates.
 *
 * V8 takes young objects from a buffer by moving a pointer, and the used size says where that pointer stands; so between
 * two readings without a collection the difference is exactly what was allocated. Measure in many short turns: a turn in
 * which a collection makes the used size fall counts as nothing, the others still show what there is.
 */
export class HeapGrowth {
  private readonly turns: number[] = [];
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

  /** One turn. */
  measure(work: () => void): void {
    const before = usedBytes();
    work();
    this.turns.push(Math.max(0, usedBytes() - before - this.readingBytes));
  }

  /** Of all turns but the outliers, without what the readings themselves allocate. */
  get bytes(): number {
    const sorted = this.turns.toSorted((a, b) => a - b);
    const kept = sorted.slice(0, Math.ceil(sorted.length * (1 - OUTLIERS)));
    return kept.reduce((sum, each) => sum + each, 0);
  }
}
