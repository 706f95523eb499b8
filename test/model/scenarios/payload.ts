import { HEADER_BYTES } from '#src/layout/record.js';
import type { ModelBuffer } from '../explorer/model-buffer.js';

/*
 * A payload is a function of who wrote it and of its number: its first word says both, its last word is the complement
 * of the first. Both are looked at, so a payload that is not whole, or that belongs to another record, shows. What is
 * between makes no sense as a header: so it shows as well when somebody takes the second cell of a record for a first.
 */

const MARK = 0x5a00_0000;
/** Payloads that make records of one and of two cells; the last word of the longer one stands in the second cell. */
const BYTES = { 1: 8, 2: 44 } as const;
const FILLING = 0xdead_beef | 0;

export type Cells = keyof typeof BYTES;
export const PAYLOAD_BYTES_MAX = BYTES[2];

export function payloadBytes(cells: Cells): number {
  return BYTES[cells];
}

/** `producer` is a slot; `number` counts the records of that producer. */
export function payload(producer: number, number: number, cells: Cells): Uint8Array {
  const words = new Int32Array(BYTES[cells] / 4).fill(FILLING);
  words[0] = MARK | (producer << 12) | number;
  words[words.length - 1] = ~words[0];
  return new Uint8Array(words.buffer);
}

/** Reads a payload back, in two accesses; throws when it is none. */
export function readPayload(
  ring: Pick<ModelBuffer, 'getInt32'>,
  recordOffset: number,
  length: number,
): { producer: number; number: number } {
  const first = ring.getInt32(recordOffset + HEADER_BYTES);
  const last = ring.getInt32(recordOffset + HEADER_BYTES + length - 4);
  const found = decodePayload(first, last, length);
  if (found !== undefined) return found;
  throw new Error(`a torn payload was delivered: ${length} bytes, from ${hex(first)} to ${hex(last)}`);
}

/** What the ends of a payload say; undefined when they do not belong together. */
export function decodePayload(
  first: number,
  last: number,
  length: number,
): { producer: number; number: number } | undefined {
  const isPayload = (first & 0xff00_0000) === MARK && (length === BYTES[1] || length === BYTES[2]);
  return isPayload && last === ~first ? { producer: (first >> 12) & 0xfff, number: first & 0xfff } : undefined;
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
