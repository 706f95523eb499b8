import type { ChannelShape } from '../layout/geometry.js';
import { GatingPolicy } from '../layout/schema.js';

/** How a channel treats one of its consumers. */
export interface ConsumerPolicy {
  /**
   * Whether producers wait for it: while it is attached (true), never (false: it may be overtaken, and then loses what was
   * overwritten), or always, also while nobody has its name attached, from the creation of the channel on.
   */
  readonly gating: boolean | 'always';
  /** How long producers go on waiting for it after it was found dead, in ms. */
  readonly failureTimeoutMs: number;
  /** Without progress for so long, with something to read, it is called stalled; ms. */
  readonly stalledAfterMs: number;
  /** Alive but without progress for so long, with something to read, it is given up; ms. 0: never. */
  readonly evictAfterMs: number;
  /** A message at which its process died, or its handler threw, so often in a row is set aside. 0: never. */
  readonly quarantineAfter: number;
}

export const DEFAULT_POLICY: ConsumerPolicy = {
  gating: true,
  failureTimeoutMs: 0,
  stalledAfterMs: 1000,
  evictAfterMs: 0,
  quarantineAfter: 0,
};

export function gatingCode({ gating }: ConsumerPolicy): number {
  if (gating === 'always') return GatingPolicy.ALWAYS;
  return gating ? GatingPolicy.ATTACHED : GatingPolicy.NEVER;
}

/** Whether producers of that channel wait for a consumer with that policy: for none of them when they drop the oldest. */
export function gates({ mode }: ChannelShape, { gating }: ConsumerPolicy): boolean {
  return mode !== 'DropOldest' && gating !== false;
}

/** Whether a consumer may be overtaken while it reads: because nobody waits for it, or because it may be evicted. */
export function canBeOvertaken(shape: ChannelShape, policy: ConsumerPolicy): boolean {
  return !gates(shape, policy) || policy.evictAfterMs > 0;
}
