/**
 * 64-bit integers without BigInts: read and written as two 32-bit halves. A BigInt is an object on the heap; a number
 * in a local variable is not.
 */
const HALF = 4_294_967_296;

/** The greatest value of a u64 field. */
export const U64_MAX = 18_446_744_073_709_551_615n;

/** True for what a u64 field takes as a number: an integer from 0 to 2^53 - 1, above which numbers are not exact. */
export function isU64Number(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value;
}

/** Writes an integer from -(2^53 - 1) to 2^53 - 1 as 64 bits, little-endian, negative ones as two's complement. */
export function writeSafeInteger(view: DataView, offset: number, value: number): void {
  view.setInt32(offset, value | 0, true);
  view.setInt32(offset + 4, Math.floor(value / HALF), true);
}

/** A u64 as a number: exact up to 2^53, the nearest double above (nanoseconds since the epoch: to 256 ns). */
export function readU64Number(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * HALF + view.getUint32(offset, true);
}

/** An i64 as a number: exact from -2^53 to 2^53, the nearest double beyond. */
export function readI64Number(view: DataView, offset: number): number {
  return view.getInt32(offset + 4, true) * HALF + view.getUint32(offset, true);
}

/**
 * One u64 minus another as a number, exact while the difference is below 2^53 either way: the time between two
 * nanosecond timestamps without a BigInt.
 *
 * @example
 * const { startTimestampNs, currentTimestampNs } = TraceContext.at;
 * const spanNs = differenceU64(view, valueOffset + currentTimestampNs, view, valueOffset + startTimestampNs);
 */
export function differenceU64(later: DataView, laterOffset: number, earlier: DataView, earlierOffset: number): number {
  const high = later.getUint32(laterOffset + 4, true) - earlier.getUint32(earlierOffset + 4, true);
  return high * HALF + (later.getUint32(laterOffset, true) - earlier.getUint32(earlierOffset, true));
}
