import { setTimeout as later } from 'node:timers/promises';
import type { Reference } from './reference.js';

const PROBE_SECONDS = 0.03;
/** A way to the other processor and back that takes so many times the shortest seen is not the same machine any more. */
const UNSTEADY = 1.6;
const WAIT_MS = 500;
const WAITS_PER_PROBE = 10;
const WAITS_PER_RUN = 120;

/**
 * Virtual machines move: the host may put two virtual processors side by side now and far apart a minute later, and then
 * everything that two processes do together takes four times as long. So before each pair of runs a small C program
 * measures the way to the other processor and back. If it takes far longer than it did, the bench waits a little for
 * the better times to come back; what was measured in the end stands beside the figures.
 */
export class Steadiness {
  /** Shortest way and back so far, ns. */
  private best = Infinity;
  private waitsLeft = WAITS_PER_RUN;
  private readonly reference: Reference;

  constructor(reference: Reference) {
    this.reference = reference;
  }

  /** The median way there and back in ns, after waiting a bounded time for a steady machine. */
  async settle(): Promise<number> {
    for (let waits = 0; ; waits++) {
      const ns = await this.probe();
      this.best = Math.min(this.best, ns);
      if (ns <= this.best * UNSTEADY || waits === WAITS_PER_PROBE || this.waitsLeft === 0) return ns;
      this.waitsLeft--;
      await later(WAIT_MS);
    }
  }

  /** A machine that is too busy for the probe to come to an end at all is as unsteady as can be. */
  private async probe(): Promise<number> {
    try {
      return (await this.reference.roundTrip({ seconds: PROBE_SECONDS })).p50;
    } catch {
      return Infinity;
    }
  }
}
