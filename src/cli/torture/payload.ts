import { crc32 } from '../../protocol/crc32.js';

/*
 * Messages that say whose they are and whether they are whole: the number of the producer's life, which message of that
 * life, bytes that follow from the two, and a CRC-32 over all of it. Little-endian.
 */

const HEADER_BYTES = 8;
const CRC_BYTES = 4;
/** The longest message. */
export const LENGTH_MAX = 1000;

/** Length of message `n` of a life: all residues of a cell, and now and then a long one. */
export function messageLength(life: number, n: number): number {
  return n % 61 === 60 ? LENGTH_MAX : HEADER_BYTES + CRC_BYTES + ((n * 37 + life * 13) % 190);
}

/** Writes message `n` of a life into `buffer` from `offset` on, its length long. */
export function putMessage(buffer: Uint8Array, offset: number, life: number, n: number): void {
  const end = offset + messageLength(life, n) - CRC_BYTES;
  putUint32(buffer, offset, life);
  putUint32(buffer, offset + 4, n);
  for (let i = offset + HEADER_BYTES; i < end; i++) buffer[i] = (life * 31 + n + i - offset) & 0xff;
  putUint32(buffer, end, crc32(buffer, offset, end));
}

/** Whose message it is. */
export interface Identity {
  readonly life: number;
  readonly n: number;
}

/** Reads a message; undefined when it is not, byte for byte, what its producer wrote. */
export function readMessage(buffer: Uint8Array, offset: number, length: number): Identity | undefined {
  if (length < HEADER_BYTES + CRC_BYTES) return undefined;
  const life = uint32At(buffer, offset);
  const n = uint32At(buffer, offset + 4);
  const end = offset + length - CRC_BYTES;
  if (length !== messageLength(life, n) || uint32At(buffer, end) !== crc32(buffer, offset, end)) return undefined;
  return { life, n };
}

function putUint32(buffer: Uint8Array, offset: number, value: number): void {
  buffer[offset] = value;
  buffer[offset + 1] = value >>> 8;
  buffer[offset + 2] = value >>> 16;
  buffer[offset + 3] = value >>> 24;
}

function uint32At(buffer: Uint8Array, offset: number): number {
  const low = buffer[offset]! | (buffer[offset + 1]! << 8) | (buffer[offset + 2]! << 16);
  return (low | (buffer[offset + 3]! << 24)) >>> 0;
}
