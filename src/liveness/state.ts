import { SlotState } from '../layout/schema.js';

/**
 * What an observer makes of an endpoint.
 *
 * - `alive`: somebody has its token, and nothing is amiss.
 * - `stalled`: alive, and it goes on, but it has had something to read for `stalledAfterMs` and has not moved.
 * - `suspect`: somebody has its token, but for a second it has not been seen to do anything: a blocked event loop, or a
 *   process that is stopped. It may go on at any time, so nothing is ever taken from it.
 * - `dead`: nobody has its token, and it did not say goodbye. The kernel says so; no time-out ever does.
 * - `detached`: it was closed.
 */
export type EndpointState = 'alive' | 'stalled' | 'suspect' | 'dead' | 'detached';

/** Whether somebody has it: it was not closed, and did not die. */
export function isAttached({ state }: { readonly state: EndpointState }): boolean {
  return state !== 'dead' && state !== 'detached';
}

/** Those of the bus itself, such as the journal's, have names that no service can have. */
export function isInternal({ name }: { readonly name: string }): boolean {
  return name.startsWith('.');
}

/** How often event loops beat, and look, at rest: most of what that costs is to wake up at all. */
export const BEAT_MS = 400;
/**
 * And where somebody watches, or a consumer's policy has times to be kept: a death is found within it, which leaves some
 * of 100 ms for the rest.
 */
export const URGENT_BEAT_MS = 60;
/** Without a sign of life for so long an endpoint is suspect. */
export const SUSPECT_AFTER_MS = 1000;
/** A thread that blocks while it waits for messages wakes once a second to look: missing two of those is suspect. */
export const LOOKED_MS = 2500;

/** All that a state is made of: three facts, the token, the event loop and the progress, and how they are to be judged. */
export interface EndpointFacts {
  /** SlotState */
  readonly slotState: number;
  /** Whether anybody has the slot's token. */
  readonly isLocked: boolean;
  /** How long the event loop is behind with its beat, ms; undefined: it has none. */
  readonly loopLagMs: number | undefined;
  /** For how long it has stood at the same place, ms. */
  readonly stillMs: number;
  /** Since it last looked for messages in vain, outside its event loop, ms. */
  readonly lookedMs: number;
  /** For how long it has had something to read and has not moved, ms; producers: 0. */
  readonly unreadMs: number;
  readonly stalledAfterMs: number;
}

export function stateOf(facts: EndpointFacts): EndpointState {
  if (facts.slotState === SlotState.DETACHED) return 'detached';
  if (!facts.isLocked) return 'dead';
  if (isSilent(facts)) return 'suspect';
  return facts.unreadMs > 0 && facts.unreadMs >= facts.stalledAfterMs ? 'stalled' : 'alive';
}

/** Who moves, or looks, is alive whatever its event loop does: a program may read in a loop of its own. */
function isSilent({ loopLagMs, stillMs, lookedMs }: EndpointFacts): boolean {
  if (loopLagMs === undefined || loopLagMs <= SUSPECT_AFTER_MS) return false;
  return stillMs > SUSPECT_AFTER_MS && lookedMs > LOOKED_MS;
}
