/** A claim whose producer was killed inside it. */
export interface DeadClaim {
  readonly sequence: number;
  readonly diedNs: number;
}

/** A consumer found sequences missing, and went on. */
export interface Passage {
  readonly consumer: string;
  /** First sequence that was missing, and how many. */
  readonly sequence: number;
  readonly size: number;
  /** When the next message was delivered. */
  readonly endedNs: number;
  /** When that consumer's process had attached. */
  readonly attachedNs: number;
  /** How long that message had been in the channel. */
  readonly waitedNs: number;
}

/** A process was stopped from outside, or by itself: a consumer, or a producer inside a call, for whose claim all wait. */
export interface Standstill {
  /** Undefined for a producer: it stops every consumer. */
  readonly consumer: string | undefined;
  readonly fromNs: number;
  readonly toNs: number;
}

/** Of a set of times. */
export interface Quantiles {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/**
 * From the death of each producer inside a claim to the next delivery behind it, in ns; from when there was a message to be
 * delivered, where that was later. Only consumers count that were there all the time, and that waited for nobody else: one that
 * was dead or stopped, or a stopped producer with another claim, would be measured instead.
 */
export function recoveryTimes(
  claims: readonly DeadClaim[],
  passages: readonly Passage[],
  standstills: readonly Standstill[],
): number[] {
  const died = new Map(claims.map(({ sequence, diedNs }) => [sequence, diedNs]));
  const times = new Map<number, number>();
  for (const { consumer, sequence, size, endedNs, attachedNs, waitedNs } of passages) {
    for (let missing = sequence; missing < sequence + size; missing++) {
      const diedNs = died.get(missing);
      if (diedNs === undefined || attachedNs > diedNs) continue;
      const stoodStill = standstills.some(
        (still) => (still.consumer ?? consumer) === consumer && still.fromNs < endedNs && still.toNs > diedNs,
      );
      const tookNs = Math.max(0, Math.min(endedNs - diedNs, waitedNs));
      if (!stoodStill) times.set(missing, Math.min(times.get(missing) ?? Infinity, tookNs));
    }
  }
  return [...times.values()];
}

export function quantiles(timesNs: readonly number[]): Quantiles {
  const sorted = [...timesNs].sort((a, b) => a - b);
  const at = (share: number): number => (sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0) / 1e6;
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
