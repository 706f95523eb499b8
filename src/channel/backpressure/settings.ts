/** Where hysteresis begins and ends, as shares of the ring: 0 < low < high <= 1. */
export interface WaterMarks {
  readonly highWaterMark: number;
  readonly lowWaterMark: number;
}

/**
 * What a channel does when its ring is full, beside telling of its water marks.
 *
 * - `BlockProducer`: writers wait, for at most `timeoutMs`.
 * - `DropNewest`: the message that does not fit is dropped.
 * - `DropOldest`: the oldest messages are overwritten; no consumer holds writers up. `timeoutMs` is for the rare wait for an
 *   open claim of another producer.
 * - `AdaptiveThrottle`: from the high-water mark on writers are slowed down, by `minDelayUs` there to `maxDelayUs` when the
 *   ring is full, until it is down to the low-water mark; when it is full they wait as in `BlockProducer`.
 * - `CircuitBreaker`: a write that finds the ring full fails at once; `failureThreshold` of those within `failureWindowMs`
 *   open the breaker, and all writes fail without a look at the ring until, `recoveryTimeoutMs` later, one that is let
 *   through succeeds.
 */
export type ModeSettings =
  | { readonly mode: 'BlockProducer'; readonly timeoutMs: number }
  | { readonly mode: 'DropNewest' }
  | { readonly mode: 'DropOldest'; readonly timeoutMs: number }
  | {
      readonly mode: 'AdaptiveThrottle';
      readonly timeoutMs: number;
      readonly minDelayUs: number;
      readonly maxDelayUs: number;
    }
  | {
      readonly mode: 'CircuitBreaker';
      readonly failureThreshold: number;
      readonly failureWindowMs: number;
      readonly recoveryTimeoutMs: number;
    };

/** The backpressure of a channel, every default filled in. */
export type BackpressureSettings = WaterMarks & ModeSettings;

export const DEFAULT_WATER_MARKS: WaterMarks = { highWaterMark: 0.8, lowWaterMark: 0.6 };

/** How long a `write` waits for room, in ms; 0 in modes in which it does not wait. */
export function waitLimitMs(settings: BackpressureSettings): number {
  return 'timeoutMs' in settings ? settings.timeoutMs : 0;
}
