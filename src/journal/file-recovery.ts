import { join } from 'node:path';
import { BatchScanner, type Damage } from './batch-scanner.js';
import { decodeFileHeader, isFileHeader, type FileHeader } from './file-header.js';
import { FILE_HEADER } from './format.js';
import { readIndex } from './index-entries.js';
import { journalError } from './journal-error.js';
import type { JournalFiles } from './journal-files.js';

/** What the end of a journal's last file looks like. */
export interface FileEnd {
  readonly header: FileHeader;
  /** Bytes up to the end of the last whole batch. */
  readonly offset: number;
  readonly sequence: number;
  readonly position: number;
  readonly lastNs: bigint;
  /** Bytes behind that: of a batch that was never finished. */
  readonly tornBytes: number;
  readonly damages: readonly Damage[];
}

/** Reads the header of a journal file. @throws BusError `ERR_JOURNAL` */
export function readFileHeader(files: JournalFiles, fd: number, path: string): FileHeader {
  const bytes = new Uint8Array(FILE_HEADER.bytes);
  return decodeFileHeader(bytes.subarray(0, files.read(fd, bytes, bytes.length, 0)), path);
}

/** Whether a file died while it was begun: it has no whole header, and nothing behind it. */
export function isUnfinished(files: JournalFiles, fd: number): boolean {
  const bytes = new Uint8Array(FILE_HEADER.bytes);
  const got = files.read(fd, bytes, bytes.length, 0);
  return files.size(fd) <= FILE_HEADER.bytes && !isFileHeader(bytes.subarray(0, got));
}

/** Whether a file has something behind a header that is damaged, or none of ours. */
export function isHeadless(files: JournalFiles, fd: number): boolean {
  const bytes = new Uint8Array(FILE_HEADER.bytes);
  files.read(fd, bytes, bytes.length, 0);
  return files.size(fd) > FILE_HEADER.bytes && !isFileHeader(bytes);
}

/** What is whole in such a file; undefined when nothing is. Batches have checksums of their own. */
export function scanHeadless(files: JournalFiles, fd: number): Found | undefined {
  const found = scanFrom(files, fd, FILE_HEADER.bytes);
  const damaged: Damage = { offset: 0, bytes: FILE_HEADER.bytes, what: 'header' };
  return found && { ...found, damages: [damaged, ...found.damages] };
}

/**
 * Finds the end of the last whole batch of a file. Every batch from the last durable entry of the index on is read and
 * checked; what lies before it was on the disk when the entry was written. Damage with whole batches behind it is left
 * as it is, and told: only what has nothing whole behind it is the torn end.
 */
export function findFileEnd(files: JournalFiles, folder: string, name: string, fd: number): FileEnd {
  const path = join(folder, name);
  const header = readFileHeader(files, fd, path);
  const size = files.size(fd);
  const starts = readIndex(files, folder, name).filter(({ offset, isDurable }) => isDurable && offset <= size);
  for (let start = starts.pop(); start !== undefined; start = starts.pop()) {
    const { offset, sequence, lastNs } = start;
    const isEnd = offset === size;
    const found = isEnd ? undefined : scanFrom(files, fd, offset);
    if (found !== undefined && found.firstSequence === sequence) return end(header, size, found);
    // nothing was written after it; then the batch before must say where it ends
    const before = isEnd ? scanFrom(files, fd, starts.at(-1)?.offset ?? FILE_HEADER.bytes) : undefined;
    if (before !== undefined && before.sequence === sequence && before.lastNs === lastNs)
      return end(header, size, before);
  }
  const whole = scanFrom(files, fd, FILE_HEADER.bytes);
  if (whole !== undefined) return end(header, size, whole);
  const { firstSequence: sequence, firstPosition: position } = header;
  const offset = FILE_HEADER.bytes;
  return { header, offset, sequence, position, lastNs: 0n, tornBytes: size - offset, damages: [] };
}

/** What is whole in a file, or in a part of it. */
export interface Found {
  readonly firstSequence: number;
  readonly offset: number;
  readonly sequence: number;
  readonly position: number;
  readonly lastNs: bigint;
  readonly damages: readonly Damage[];
}

function end(header: FileHeader, size: number, found: Found): FileEnd {
  const { offset, sequence, position, lastNs, damages } = found;
  if (sequence < header.firstSequence) {
    throw journalError(`channel ${header.channel}: the journal goes back in its sequences, to ${sequence}`);
  }
  return { header, offset, sequence, position, lastNs, tornBytes: size - offset, damages };
}

/** The last whole batch from an offset on; undefined when there is none. */
function scanFrom(files: JournalFiles, fd: number, from: number): Found | undefined {
  const damages: Damage[] = [];
  const scanner = new BatchScanner(files, fd, (damage) => damages.push(damage), from);
  let found: Found | undefined;
  while (scanner.next()) {
    const { sequence, count, position, bytes, lastNs } = scanner.batch;
    found = {
      firstSequence: found?.firstSequence ?? sequence,
      offset: scanner.nextOffset,
      sequence: sequence + count,
      position: position + bytes,
      lastNs,
      damages,
    };
  }
  return found;
}
