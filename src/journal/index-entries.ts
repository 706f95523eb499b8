import { join } from 'node:path';
import { checksum, FILE_HEADER, INDEX_ENTRY, indexFileName } from './format.js';
import type { JournalFiles } from './journal-files.js';

const { at, bytes: ENTRY } = INDEX_ENTRY;
/** At least so many bytes of the journal lie between two entries. */
export const INDEX_EVERY_BYTES = 1024 * 1024;
/** More than any journal file has entries; what is longer is no index. */
const INDEX_BYTES_MAX = 64 * 1024 * 1024;

export interface IndexEntry {
  /** Where a batch begins in the journal file. */
  readonly offset: number;
  readonly sequence: number;
  /** When the last record before it was received. */
  readonly lastNs: bigint;
  /** Whether everything before it was on the disk. */
  readonly isDurable: boolean;
}

export function encodeIndexEntry(entry: IndexEntry): Uint8Array {
  const bytes = new Uint8Array(ENTRY);
  const view = new DataView(bytes.buffer);
  view.setFloat64(at.offset, entry.offset, true);
  view.setFloat64(at.sequence, entry.sequence, true);
  view.setBigUint64(at.lastNs, entry.lastNs, true);
  view.setUint32(at.isDurable, entry.isDurable ? 1 : 0, true);
  view.setUint32(at.crc, checksum(bytes, 0, at.crc), true);
  return bytes;
}

/** The entries of the index beside a journal file, as far as they are whole, in its order. None is a reason for nothing. */
export function readIndex(files: JournalFiles, folder: string, journalFile: string): IndexEntry[] {
  let fd: number;
  try {
    fd = files.open(join(folder, indexFileName(journalFile)), 'read');
  } catch {
    return [];
  }
  try {
    const size = Math.min(files.size(fd), INDEX_BYTES_MAX);
    const bytes = new Uint8Array(size);
    return decodeEntries(bytes.subarray(0, files.read(fd, bytes, size, 0)));
  } finally {
    files.close(fd);
  }
}

function decodeEntries(bytes: Uint8Array): IndexEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: IndexEntry[] = [];
  for (let base = 0; base + ENTRY <= bytes.length; base += ENTRY) {
    if (view.getUint32(base + at.crc, true) !== checksum(bytes, base, base + at.crc)) break;
    const entry = {
      offset: view.getFloat64(base + at.offset, true),
      sequence: view.getFloat64(base + at.sequence, true),
      lastNs: view.getBigUint64(base + at.lastNs, true),
      isDurable: view.getUint32(base + at.isDurable, true) === 1,
    };
    if (!Number.isSafeInteger(entry.offset) || entry.offset < FILE_HEADER.bytes) break;
    entries.push(entry);
  }
  // One that says what is durable is written when the sync is over, behind those of what was appended meanwhile.
  return entries.sort((a, b) => a.offset - b.offset);
}
