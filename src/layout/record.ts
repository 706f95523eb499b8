import { CELL_BYTES, RECORD } from './schema.js';

/** Bytes before a payload. */
export const HEADER_BYTES = RECORD.bytes;

/** Whole bytes that a payload of `length` takes in the ring: header and payload, rounded up to cells. */
export function recordBytes(length: number): number {
  return (length + (HEADER_BYTES + CELL_BYTES - 1)) & -CELL_BYTES;
}

/** The in-band commit word of a sequence: never zero. */
export function commitWord(sequence: number): number {
  return (sequence << 1) | 1;
}

/** The longest payload that a ring of `capacity` bytes may be configured for. */
export function messageSizeLimit(capacity: number): number {
  return Math.min(capacity / 8, 2 ** 30 - 4096);
}

const TWO_32 = 2 ** 32;

/** The number that two 32-bit halves hold; exact to 2^53. */
export function joinHalves(low: number, high: number): number {
  return (high >>> 0) * TWO_32 + (low >>> 0);
}

/** The high half of a non-negative integer below 2^53 (the low one is `value | 0`). */
export function highHalf(value: number): number {
  return (value / TWO_32) | 0;
}
