import { join } from 'node:path';
import { readFileHeader } from './file-recovery.js';
import { indexFileName, type JournalFileName } from './format.js';
import { JournalCatalog } from './journal-catalog.js';
import { withFile, type JournalFiles } from './journal-files.js';
import type { JournalSettings } from './settings.js';

/** A finished file of a journal. */
export interface FinishedFile extends JournalFileName {
  readonly bytes: number;
  /** When the one after it was begun, ms since the epoch. */
  readonly endedMs: number;
  /** Sequence after its last record; of an earlier life of the channel: nobody needs it by sequence. */
  readonly endSequence: number | undefined;
}

/**
 * Which files retention removes: the oldest first, as long as there is more than `retentionBytes` with the file that is
 * being written (`activeBytes`), or they ended longer than `retentionMs` ago. One that holds what a saved cursor still
 * needs (from `needed` on) stays, and so does everything after it, unless retention is forced.
 */
export function expiredFiles(
  finished: readonly FinishedFile[],
  activeBytes: number,
  { retentionBytes, retentionMs, retentionForce }: JournalSettings,
  nowMs: number,
  needed: number,
): FinishedFile[] {
  const expired: FinishedFile[] = [];
  let bytes = finished.reduce((sum, file) => sum + file.bytes, activeBytes);
  for (const file of finished) {
    const isTooMuch = bytes > retentionBytes;
    const isTooOld = nowMs - file.endedMs > retentionMs;
    if (!isTooMuch && !isTooOld) break;
    if (!retentionForce && file.endSequence !== undefined && file.endSequence > needed) break;
    expired.push(file);
    bytes -= file.bytes;
  }
  return expired;
}

/**
 * All files of a journal but the one that is written (if one is), oldest first; `lifeNs` is the life of the channel that
 * goes on.
 */
export function finishedFiles(
  files: JournalFiles,
  folder: string,
  lifeNs: bigint,
  activeName: string | undefined,
): FinishedFile[] {
  const finished: FinishedFile[] = [];
  let after: JournalFileName | undefined;
  let endedMs = Infinity;
  for (const file of new JournalCatalog(files, folder).all().toReversed()) {
    const { bytes, startedMs } = factsOf(files, join(folder, file.name));
    const isSameLife = after?.lifeNs === lifeNs && file.lifeNs === lifeNs;
    const endSequence = isSameLife ? after?.firstSequence : undefined;
    if (file.name !== activeName) finished.unshift({ ...file, bytes, endedMs, endSequence });
    after = file;
    endedMs = startedMs ?? endedMs;
  }
  return finished;
}

/** Size and beginning of a file. One that is damaged, or none of ours, must not keep retention from all others. */
function factsOf(files: JournalFiles, path: string): { bytes: number; startedMs?: number } {
  let bytes = 0;
  try {
    return withFile(files, path, (fd) => {
      bytes = files.size(fd);
      return { bytes, startedMs: readFileHeader(files, fd, path).startedMs };
    });
  } catch {
    return { bytes };
  }
}

/** Removes files with their indexes. A reader that has one open reads it to its end. */
export function removeFiles(files: JournalFiles, folder: string, expired: readonly JournalFileName[]): void {
  for (const { name } of expired) {
    files.remove(join(folder, name));
    files.remove(join(folder, indexFileName(name)));
  }
  if (expired.length > 0) files.syncFolder(folder);
}
