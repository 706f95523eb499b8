import { join } from 'node:path';
import { BatchScanner } from './batch-scanner.js';
import { isFileHeader } from './file-header.js';
import { isUnfinished, readFileHeader } from './file-recovery.js';
import { BatchKind, FILE_HEADER, journalFilesIn } from './format.js';
import { reading } from './journal-error.js';
import { isGone } from './journal-catalog.js';
import { systemFiles, withFile, type JournalFiles } from './journal-files.js';
import type { JournalDamage } from './journal-reader.js';

/** What is in one file of a journal. */
export interface VerifiedFile {
  readonly file: string;
  readonly channel: string;
  readonly bytes: number;
  readonly batches: number;
  readonly records: number;
  readonly firstSequence: number;
  /** Sequence after the last record. */
  readonly endSequence: number;
  /** Records that were overwritten before they were recorded. */
  readonly gaps: number;
  /** Records between two batches that no batch holds: damage, or a file that is missing. */
  readonly missing: number;
  readonly damages: readonly JournalDamage[];
  /** Bytes of a batch at the end that was never finished: the next writer cuts them off. */
  readonly tornBytes: number;
}

/**
 * Reads and checks every batch of a journal, file by file.
 *
 * @throws BusError `ERR_JOURNAL` for a file that is none, and for what this user may not read
 */
export function* verifyJournal(folder: string, files: JournalFiles = systemFiles): Generator<VerifiedFile> {
  let next: { lifeNs: bigint; sequence: number } | undefined;
  for (const { name, lifeNs, firstSequence } of journalFilesIn(reading(folder, () => files.list(folder)))) {
    const path = join(folder, name);
    const expected = next?.lifeNs === lifeNs ? next.sequence : firstSequence;
    const verified = reading(folder, () => {
      try {
        return withFile(files, path, (fd) =>
          isUnfinished(files, fd) ? undefined : verifyFile(files, path, fd, firstSequence, expected),
        );
      } catch (error) {
        // by retention, since it was listed
        if (!isGone(error)) throw error;
        next = undefined;
        return undefined;
      }
    });
    if (verified === undefined) continue;
    next = { lifeNs, sequence: verified.endSequence };
    yield verified;
  }
}

function verifyFile(
  files: JournalFiles,
  path: string,
  fd: number,
  firstSequence: number,
  expected: number,
): VerifiedFile {
  const damages: JournalDamage[] = [];
  const header = new Uint8Array(FILE_HEADER.bytes);
  files.read(fd, header, header.length, 0);
  const isWhole = isFileHeader(header);
  if (!isWhole) damages.push({ file: path, offset: 0, bytes: header.length, what: 'header' });
  const channel = isWhole ? readFileHeader(files, fd, path).channel : '';
  const scanner = new BatchScanner(files, fd, (damage) => damages.push({ ...damage, file: path }), FILE_HEADER.bytes);
  let sequence = expected;
  const counts = { batches: 0, records: 0, gaps: 0, missing: 0 };
  while (scanner.next()) {
    const { batch } = scanner;
    counts.batches += 1;
    counts.missing += Math.max(0, batch.sequence - sequence);
    if (batch.kind === BatchKind.GAP) counts.gaps += batch.count;
    else counts.records += batch.count;
    sequence = batch.sequence + batch.count;
  }
  const bytes = files.size(fd);
  const tornBytes = bytes - scanner.nextOffset;
  return { file: path, channel, bytes, firstSequence, endSequence: sequence, ...counts, damages, tornBytes };
}
