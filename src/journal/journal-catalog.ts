import { join } from 'node:path';
import { BatchScanner } from './batch-scanner.js';
import type { FileHeader } from './file-header.js';
import { isUnfinished, readFileHeader } from './file-recovery.js';
import { FILE_HEADER, journalFilesIn, type JournalFileName } from './format.js';
import { journalError } from './journal-error.js';
import { withFile, type JournalFiles } from './journal-files.js';

/** A life of a channel: from the making of its segment on. */
export interface RecordedLife {
  readonly lifeNs: bigint;
  /** How many lives there were with it; 0: not known. */
  readonly number: number;
}

/** The files of a journal, life by life. Looks at names only, until something is asked of a file. */
export class JournalCatalog {
  private readonly files: JournalFiles;
  private readonly folder: string;

  constructor(files: JournalFiles, folder: string) {
    this.files = files;
    this.folder = folder;
  }

  /** All files, those of the oldest life first, and of each its oldest first. */
  all(): JournalFileName[] {
    return this.inOrder().flatMap(({ names }) => names);
  }

  /**
   * The lives of the channel that are recorded, oldest first. Their order is what their files say: a clock that was set
   * back names a later life before an earlier one. One of which no header is whole stands where its name says.
   */
  lives(): RecordedLife[] {
    return this.inOrder().map(({ lifeNs, number }) => ({ lifeNs, number: number ?? 0 }));
  }

  private inOrder(): { lifeNs: bigint; names: JournalFileName[]; number: number | undefined }[] {
    const byLife = new Map<bigint, JournalFileName[]>();
    for (const file of journalFilesIn(this.files.list(this.folder))) {
      const names = byLife.get(file.lifeNs);
      if (names === undefined) byLife.set(file.lifeNs, [file]);
      else names.push(file);
    }
    const lives = [...byLife].map(([lifeNs, names]) => ({ lifeNs, names, number: this.numberOf(names) }));
    // stable: those that do not tell stay in the order of their names
    const ordered = lives.filter(({ number }) => number !== undefined).sort((a, b) => a.number! - b.number!);
    for (const life of lives.filter(({ number }) => number === undefined)) {
      ordered.splice(ordered.findLastIndex(({ lifeNs }) => lifeNs < life.lifeNs) + 1, 0, life);
    }
    return ordered;
  }

  private numberOf(names: readonly JournalFileName[]): number | undefined {
    try {
      return this.headerAmong(names)?.lifeNumber;
    } catch {
      return undefined;
    }
  }

  /** The files of a life, oldest first. */
  filesOf(lifeNs: bigint): JournalFileName[] {
    return journalFilesIn(this.files.list(this.folder)).filter((file) => file.lifeNs === lifeNs);
  }

  /** What the first whole header of a life says. @throws BusError `ERR_JOURNAL` */
  headerOf(lifeNs: bigint): FileHeader | undefined {
    return this.headerAmong(this.filesOf(lifeNs));
  }

  private headerAmong(names: readonly JournalFileName[]): FileHeader | undefined {
    let failure: Error | undefined;
    for (const { name } of names) {
      const path = join(this.folder, name);
      try {
        const header = withFile(this.files, path, (fd) =>
          isUnfinished(this.files, fd) ? undefined : readFileHeader(this.files, fd, path),
        );
        if (header !== undefined) return header;
      } catch (error) {
        // Damage to one header does not hide the files behind it; one that retention has removed is no failure.
        if (!isGone(error)) failure ??= error as Error;
      }
    }
    if (failure !== undefined) throw failure;
    return undefined;
  }

  /** The last file that begins at or before a sequence; else the first one. */
  fileWithSequence(names: readonly JournalFileName[], sequence: number): number {
    const after = names.findIndex(({ firstSequence }) => firstSequence > sequence);
    return Math.max(0, after < 0 ? names.length - 1 : after - 1);
  }

  /** The last file whose first batch was received before a time; else the first one. */
  fileWithTime(names: readonly JournalFileName[], timeNs: bigint): number {
    let low = 0;
    let high = names.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const firstNs = this.firstNs(names[middle]!.name);
      if (firstNs !== undefined && firstNs < timeNs) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }

  /** When the first record of a file was received; undefined for one without a whole batch. */
  private firstNs(name: string): bigint | undefined {
    try {
      return withFile(this.files, join(this.folder, name), (fd) => {
        const scanner = new BatchScanner(this.files, fd, () => undefined, FILE_HEADER.bytes);
        return scanner.next() ? scanner.batch.firstNs : undefined;
      });
    } catch (error) {
      // Removed meanwhile: then all that is left is later.
      if (isGone(error)) return 0n;
      throw error;
    }
  }
}

/** Whether a file was removed between its listing and its opening. */
export function isGone(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ENOENT';
}

/** @throws BusError `ERR_JOURNAL` for a folder in which nothing was ever recorded */
export function refuseEmpty(folder: string): never {
  throw journalError(`${folder}: found no journal, expected the folder of a recorded channel`);
}
