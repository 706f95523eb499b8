/** How many inputs each fuzz test tries; 10,000,000 in the long run. */
export const RUNS = Number(process.env['APBUS_FUZZ_RUNS'] ?? 20_000);

/** Where the random numbers begin: printed with every failure, and given again to repeat it. */
const SEED = Number(process.env['APBUS_FUZZ_SEED'] ?? Date.now() % 2 ** 31);

/** Random numbers that repeat for a seed (mulberry32). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** An integer from 0 up to, and not including, `below`. */
  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below);
  }

  chance(part: number): boolean {
    return this.below(1_000_000) < part * 1_000_000;
  }

  pick<Value>(from: readonly Value[]): Value {
    return from[this.below(from.length)]!;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.below(256);
    return bytes;
  }
}

/**
 * Tries a property on many inputs; each has a seed of its own, so that a failure can be repeated alone with
 * APBUS_FUZZ_SEED=<its seed> APBUS_FUZZ_RUNS=1.
 */
export function fuzz(property: (random: Random) => void): void {
  for (let run = 0; run < RUNS; run++) {
    const seed = (SEED + run) | 0;
    try {
      property(new Random(seed));
    } catch (error) {
      throw new Error(`failed in run ${run}; repeat with APBUS_FUZZ_SEED=${seed} APBUS_FUZZ_RUNS=1`, { cause: error });
    }
  }
}
