import { CELL_BYTES, RECORD } from './schema.js';

/** Bytes before a payload. */
export const HEADER_BYTES = RECORD.bytes;

/** Whole bytes that a payload of `length` takes in the ring: header and payload, rounded up to cells. */
export function recordBytes(length: number): number {
  return (length + (HEADER_BYTES + CELL_BYTES - 1)) & -CELL_BYTES;
}

/** The most that is read at once where no payload is longer: a record, and the beginning of what follows it. */
export function longestRead(messageSizeMax: number): number {
  return recordBytes(messageSizeMax) + CELL_BYTES;
}

/** The longest payload whose record takes so many whole cells. */
export function messageLengthOf(cells: number): number {
  return cells * CELL_BYTES - HEADER_BYTES;
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

const tagHalves = new Int32Array(2);
const tag = new Float64Array(tagHalves.buffer);

/** The fields `kind` and `producer` of a record header as the double whose bytes they are: one store instead of two. */
export function kindAndProducer(kind: number, producer: number): number {
  tagHalves[0] = kind;
  tagHalves[1] = producer;
  return tag[0]!;
}
