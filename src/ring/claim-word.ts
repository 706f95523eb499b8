import type { AtomicBuffer } from '../memory/atomic-buffer.js';

/**
 * Claim words: one for each cell of a multi-producer ring, 64 bits, swapped as one.
 *
 * ```text
 *   high half                          low half
 *   +--------------------------------+----------------------+----------+-------+
 *   | lap + 1, bits 22..53           | lap + 1, bits 0..21  | owner    | state |
 *   +--------------------------------+----------------------+----------+-------+
 *                                     31                  10 9        2 1     0
 * ```
 *
 * The lap is that of the cell's position (position ÷ capacity), plus one, so that the zeros of a new file belong to no
 * lap. The owner stands inside the word, so that a claim whose producer died can be attributed.
 */
export const ClaimState = {
  /** Not the first cell of a record. */
  INTERIOR: 0,
  CLAIMED: 1,
  COMMITTED: 2,
} as const;

const LAP_LOW_BITS = 22;
const LAP_LOW_MASK = (1 << LAP_LOW_BITS) - 1;
/** Everything of the low half but the owner. */
export const LAP_AND_STATE = ~(0xff << 2);

/** Lap number, plus one, of the cell at a position. */
export function lapOf(position: number, capacity: number): number {
  return Math.floor(position / capacity) + 1;
}

export function claimLow(lap: number, state: number, owner: number): number {
  return ((lap & LAP_LOW_MASK) << 10) | (owner << 2) | state;
}

export function claimHigh(lap: number): number {
  return (lap / (1 << LAP_LOW_BITS)) | 0;
}

export function lapIn(low: number, high: number): number {
  return (high >>> 0) * (1 << LAP_LOW_BITS) + (low >>> 10);
}

export function ownerIn(low: number): number {
  return (low >>> 2) & 0xff;
}

export function stateIn(low: number): number {
  return low & 3;
}

/** Whether the claim word of a cell says that a record of that lap is committed there. The lap is given as halves. */
export function isCommitted(claims: AtomicBuffer, cell: number, committedLow: number, committedHigh: number): boolean {
  const low = claims.loadVolatile(cell * 8);
  return (low & LAP_AND_STATE) === committedLow && claims.loadVolatile(cell * 8 + 4) === committedHigh;
}
