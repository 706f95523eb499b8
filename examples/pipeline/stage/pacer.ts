import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Spreads work evenly: piece n is due n / rate seconds after the start. Whoever is early sleeps; whoever was held up
 * catches up, so that the rate holds on average.
 */
export class Pacer {
  readonly #startMs: number;
  readonly #piecesPerMs: number;
  #allowed = 0;

  /** `rate` in pieces per second; 0: no limit. */
  constructor(rate: number, nowMs: number) {
    this.#piecesPerMs = rate / 1000;
    this.#startMs = nowMs;
    if (rate === 0) this.#allowed = Number.POSITIVE_INFINITY;
  }

  /** Whether piece n, counted from 0, is due by what was known at the last `advance`. */
  isDue(n: number): boolean {
    return n < this.#allowed;
  }

  /** Takes note of the time. */
  advance(nowMs: number): void {
    if (this.#piecesPerMs > 0) this.#allowed = (nowMs - this.#startMs) * this.#piecesPerMs + 1;
  }

  /** Milliseconds from `nowMs` until piece n is due; 0 when it is. */
  msUntil(n: number, nowMs: number): number {
    if (this.#piecesPerMs === 0) return 0;
    return Math.max(0, this.#startMs + n / this.#piecesPerMs - nowMs);
  }
}

/** Sleeps without using the processor; ends early when the signal aborts. */
export async function sleepUntilAborted(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.max(1, Math.min(ms, LONGEST_MS)), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Node's timers take no more; whoever still has nothing to do sleeps again. */
const LONGEST_MS = 2 ** 31 - 1;
