import { crc32 } from 'node:zlib';
import { defineStruct } from '../layout/struct.js';

/*
 * The bytes of a journal. A channel's journal is a folder of files that are only appended to; each holds a header and
 * then batches, and a batch a header and whole records, exactly as they stood in the ring. All little-endian.
 *
 *   | file header, 256 | batch header, 64 | records ... | batch header, 64 | records ... |
 *
 * Records take whole cells of 64 bytes, so every header stands at a multiple of 64: where one is damaged, the next one is
 * found by looking at these places. Two checksums cover all there is: one a header, one the records behind it.
 */

/** "APJF" */
export const FILE_MAGIC = 0x464a_5041;
/** "APJB" */
export const BATCH_MAGIC = 0x424a_5041;
export const FORMAT_VERSION = 1;
/** What batches and headers are aligned to. */
export const BATCH_ALIGNMENT = 64;
/** Bytes of records in a batch, unless one record alone has more: what one flipped bit can cost. */
export const BATCH_BYTES_MAX = 256 * 1024;
/** More than the longest record that a ring can have; a batch that says more is none. */
export const BATCH_BYTES_LIMIT = 2 ** 30;

export const FILE_HEADER = defineStruct('JournalFileHeader', 'The start of a journal file.', 256, {
  magic: ['u32', 'FILE_MAGIC: "APJF"'],
  formatVersion: ['u32', 'FORMAT_VERSION'],
  channelType: ['u32', 'ChannelTypeCode'],
  messageSizeMax: ['u32', 'longest payload in bytes'],
  capacity: ['u64', 'bytes of the ring'],
  lifeNs: ['u64', 'when the segment was made, ns since the epoch: tells the lives of a channel apart'],
  firstSequence: ['f64', 'of the first record of the file'],
  firstPosition: ['f64', 'its position in the channel'],
  startedMs: ['f64', 'when the file was begun, ms since the epoch'],
  channelName: ['char[64]', 'UTF-8, zero-terminated'],
  lifeNumber: ['f64', 'how many lives of the channel there were with this one: a clock can be set back; 0: not known'],
  crc: ['u32', 'CRC-32 of what stands before it', 252],
});

export const BATCH_HEADER = defineStruct('JournalBatchHeader', 'Stands before the records of a batch.', 64, {
  magic: ['u32', 'BATCH_MAGIC: "APJB"'],
  kind: ['u32', 'BatchKind'],
  bytes: ['u32', 'of the records that follow'],
  reserved: ['u32', 'zero'],
  sequence: ['f64', 'of the first record'],
  count: ['f64', 'records'],
  position: ['f64', 'of the first record; GAP: of the record after the gap'],
  firstNs: ['u64', 'when the first record was received, ns since the epoch'],
  lastNs: ['u64', 'when the last one was'],
  payloadCrc: ['u32', 'CRC-32 of the records'],
  headerCrc: ['u32', 'CRC-32 of what stands before it'],
});

export const BatchKind = {
  /** Whole records. */
  RECORDS: 1,
  /** Records that were overwritten before they could be recorded; nothing follows. */
  GAP: 2,
} as const;

/** An entry of the index beside a journal file: where a batch begins. Made anew from the file at need, checked at use. */
export const INDEX_ENTRY = defineStruct('JournalIndexEntry', 'Where a batch begins.', 32, {
  offset: ['f64', 'of the batch in the journal file'],
  sequence: ['f64', 'of its first record'],
  lastNs: ['u64', 'when the last record before it was received'],
  isDurable: ['u32', '1: everything before it was on the disk when this was written'],
  crc: ['u32', 'CRC-32 of what stands before it'],
});

/** Checksum of part of a buffer. */
export function checksum(bytes: Uint8Array, from: number, to: number): number {
  return crc32(bytes.subarray(from, to));
}

const NAME_DIGITS = 20;
const NAME = new RegExp(`^(\\d{${NAME_DIGITS}})-(\\d{${NAME_DIGITS}})\\.journal$`);

/** What the name of a journal file says. */
export interface JournalFileName {
  readonly name: string;
  readonly lifeNs: bigint;
  readonly firstSequence: number;
}

/** Names sort by life, then by sequence. */
export function journalFileName(lifeNs: bigint, firstSequence: number): string {
  return `${String(lifeNs).padStart(NAME_DIGITS, '0')}-${String(firstSequence).padStart(NAME_DIGITS, '0')}.journal`;
}

/** The journal files among the names of a folder, oldest first. */
export function journalFilesIn(names: readonly string[]): JournalFileName[] {
  const found: JournalFileName[] = [];
  for (const name of [...names].sort()) {
    const match = NAME.exec(name);
    if (match !== null) found.push({ name, lifeNs: BigInt(match[1]!), firstSequence: Number(match[2]) });
  }
  return found;
}

export function indexFileName(journalFile: string): string {
  return journalFile.replace(/\.journal$/, '.index');
}
