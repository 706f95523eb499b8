import { loadNative } from './load-native.js';

/** Time as the bus needs it: monotonic, the same in all processes of the machine. Injected wherever something waits. */
export interface Clock {
  /** Nanoseconds since some fixed point; exact to 2^53. */
  monotonicNs(): number;
}

let system: Clock | undefined;

/** The machine's `CLOCK_MONOTONIC`. */
export function systemClock(): Clock {
  system ??= { monotonicNs: () => loadNative().monotonicNs() };
  return system;
}

/** Milliseconds since the epoch, by the clock on the wall, which may step: for ages of files, never for waiting. */
export interface WallClock {
  nowMs(): number;
}

/** The machine's `CLOCK_REALTIME`. */
export const systemWallClock: WallClock = { nowMs: () => Date.now() };
