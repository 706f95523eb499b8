import { crc32 } from 'node:zlib';
import { defineStruct } from '../../layout/struct.js';
import type { Place } from '../../ring/record-consumer.js';

/*
 * The bytes of a capture: a preamble, then parts, each a header and what follows it. All little-endian.
 *
 *   | preamble, 16 | HEAD | CONTROL 0 | CLAIMS 0 | RING 0 | CLAIMS 0 | RING 0 | ... | CHANNEL 0 | CONTROL 1 | ... | END |
 *
 * Parts are numbered from 0 on, and each has two checksums, of its header and of what follows; a capture without END was
 * never finished. A channel's ring comes newest first, as it was copied. A channel without CHANNEL could not be captured.
 */

/** "APBUSCAP" */
export const PREAMBLE_TEXT = 'APBUSCAP';
export const PREAMBLE_BYTES = 16;
export const CAPTURE_VERSION = 1;
/** "APCP" */
const PART_MAGIC = 0x5043_5041;
/** The most that follows a part's header. */
export const PART_BYTES_MAX = 4 * 1024 * 1024;

export const PartKind = {
  /** JSON: {@link CaptureHead}. */
  HEAD: 1,
  /** The control region of a channel as it was: control block, slots, configuration, histograms. */
  CONTROL: 2,
  /** Claim words of the cells from a position on. */
  CLAIMS: 3,
  /** Bytes of the ring from a position on. */
  RING: 4,
  /** JSON: {@link ChannelFacts}. */
  CHANNEL: 5,
  /** JSON: {@link CaptureEnd}. */
  END: 6,
} as const;

const PART = defineStruct('CapturePart', 'Stands before what follows.', 48, {
  magic: ['u32', 'PART_MAGIC: "APCP"'],
  kind: ['u32', 'PartKind'],
  number: ['u32', 'counts the parts of the file'],
  channel: ['u32', 'counts its channels'],
  position: ['f64', 'CLAIMS, RING: where in the channel it begins'],
  bytes: ['u32', 'of what follows'],
  payloadCrc: ['u32', 'CRC-32 of what follows'],
  reserved: ['u32', 'zero', 40],
  headerCrc: ['u32', 'CRC-32 of what stands before it'],
});
export const PART_HEADER_BYTES = PART.bytes;
const { at } = PART;

export interface CaptureHead {
  readonly packageVersion: string;
  readonly layoutVersion: number;
  readonly layoutHash: number;
  readonly machine: string;
  readonly bootId: string;
  readonly pid: number;
  /** ms since the epoch. */
  readonly takenMs: number;
  /** Wall clock minus monotonic clock at that moment, ns as decimal text. */
  readonly clockOffsetNs: string;
}

export interface ChannelFacts {
  readonly name: string;
  /** Of the first record that is in the capture, and of the end of the channel. */
  readonly front: Place;
  readonly tail: Place;
  /** Monotonic, ns: when reading began and ended. The figures are as of the end of the first. */
  readonly controlReadNs: readonly [number, number];
  readonly ringReadNs: readonly [number, number];
  readonly locked: readonly number[];
  readonly stopped: readonly number[];
  /** Records that were overwritten while they were being copied. */
  readonly overwritten: number;
  /** Records that were in the ring and not asked for. */
  readonly leftOut: number;
  /** Claims that were neither committed nor aborted, by the slots of their producers. */
  readonly openClaims: readonly { readonly position: number; readonly slot: number }[];
}

export interface CaptureEnd {
  readonly channels: number;
  readonly unusable: readonly UncapturedChannel[];
}

/** A channel that was asked for and could not be captured. */
export interface UncapturedChannel {
  readonly channel: string;
  readonly code: string;
  readonly reason: string;
}

export interface PartHeader {
  kind: number;
  number: number;
  channel: number;
  position: number;
  bytes: number;
}

export function preamble(): Uint8Array {
  const bytes = new Uint8Array(PREAMBLE_BYTES);
  bytes.set(Buffer.from(PREAMBLE_TEXT, 'latin1'));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, CAPTURE_VERSION, true);
  view.setUint32(12, crc32(bytes.subarray(0, 12)), true);
  return bytes;
}

/** Writes the header of a part before its bytes, which stand in `part` behind it already. */
export function sealPart(part: Uint8Array, header: PartHeader): void {
  const view = new DataView(part.buffer, part.byteOffset);
  part.fill(0, 0, PART_HEADER_BYTES);
  view.setUint32(at.magic, PART_MAGIC, true);
  view.setUint32(at.kind, header.kind, true);
  view.setUint32(at.number, header.number, true);
  view.setUint32(at.channel, header.channel, true);
  view.setFloat64(at.position, header.position, true);
  view.setUint32(at.bytes, header.bytes, true);
  const payload = part.subarray(PART_HEADER_BYTES, PART_HEADER_BYTES + header.bytes);
  view.setUint32(at.payloadCrc, crc32(payload), true);
  view.setUint32(at.headerCrc, crc32(part.subarray(0, at.headerCrc)), true);
}

/** Reads a part's header; undefined when it is none, or damaged. */
export function openPart(part: Uint8Array): (PartHeader & { readonly payloadCrc: number }) | undefined {
  const view = new DataView(part.buffer, part.byteOffset);
  if (view.getUint32(at.magic, true) !== PART_MAGIC) return undefined;
  if (view.getUint32(at.headerCrc, true) !== crc32(part.subarray(0, at.headerCrc))) return undefined;
  return {
    kind: view.getUint32(at.kind, true),
    number: view.getUint32(at.number, true),
    channel: view.getUint32(at.channel, true),
    position: view.getFloat64(at.position, true),
    bytes: view.getUint32(at.bytes, true),
    payloadCrc: view.getUint32(at.payloadCrc, true),
  };
}

export function payloadChecksum(bytes: Uint8Array): number {
  return crc32(bytes);
}
