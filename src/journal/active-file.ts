import { join } from 'node:path';
import { encodeBatchHeader, type Batch } from './batch-header.js';
import { BatchScanner } from './batch-scanner.js';
import { encodeFileHeader, type FileHeader } from './file-header.js';
import type { FileEnd } from './file-recovery.js';
import { BATCH_HEADER, BatchKind, FILE_HEADER, INDEX_ENTRY, indexFileName, journalFileName } from './format.js';
import { encodeIndexEntry, INDEX_EVERY_BYTES, readIndex } from './index-entries.js';
import type { JournalFiles } from './journal-files.js';

const REWRITTEN_BYTES = 1024 * 1024;

/** The journal file that is being written, and the index beside it. Throws what the file system says. */
export class ActiveFile {
  readonly name: string;
  private readonly path: string;
  /** When it was begun, ms since the epoch. */
  readonly startedMs: number;
  /** Bytes of whole batches. */
  offset: number;
  /** When the last record was received. */
  lastNs = 0n;
  private readonly files: JournalFiles;
  private readonly fd: number;
  private readonly index: number;
  private syncedOffset: number;
  /** A sync is under way. */
  isSyncing = false;
  /** A write-back has failed: its pages may be clean, and not on the disk. */
  private isSuspect = false;
  private whenOver: (() => void) | undefined;
  private indexedOffset: number;
  private durableOffset: number;
  private indexBytes: number;
  private readonly header = new Uint8Array(BATCH_HEADER.bytes);
  private readonly headerView = new DataView(this.header.buffer);

  private constructor(
    files: JournalFiles,
    folder: string,
    name: string,
    startedMs: number,
    offset: number,
    fd: number,
    index: { fd: number; bytes: number; offset: number },
  ) {
    this.files = files;
    this.name = name;
    this.path = join(folder, name);
    this.startedMs = startedMs;
    this.offset = offset;
    this.syncedOffset = offset;
    this.fd = fd;
    this.index = index.fd;
    this.indexBytes = index.bytes;
    this.indexedOffset = index.offset;
    this.durableOffset = index.offset;
  }

  /** Begins a file. One that cannot be begun leaves nothing. */
  static begin(files: JournalFiles, folder: string, header: FileHeader): ActiveFile {
    const name = journalFileName(header.lifeNs, header.firstSequence);
    const path = join(folder, name);
    const fd = files.create(path);
    let index = -1;
    try {
      files.write(fd, [encodeFileHeader(header)], 0);
      files.remove(join(folder, indexFileName(name)));
      index = files.create(join(folder, indexFileName(name)));
      files.syncFolder(folder);
    } catch (error) {
      files.close(fd);
      if (index >= 0) files.close(index);
      files.remove(path);
      throw error;
    }
    const offset = FILE_HEADER.bytes;
    return new ActiveFile(files, folder, name, header.startedMs, offset, fd, { fd: index, bytes: 0, offset });
  }

  /** Goes on with a file whose end was found; what is torn is cut off, and all before it is on the disk. */
  static goOn(files: JournalFiles, folder: string, name: string, fd: number, end: FileEnd): ActiveFile {
    if (end.tornBytes > 0) files.truncate(fd, end.offset);
    // Nothing says that it is there, and what is synced later must not be taken for all that there is.
    files.sync(fd);
    // What leads behind the end stays: the entries stand in the order of their writing, and are checked at use.
    const known = readIndex(files, folder, name);
    const path = join(folder, indexFileName(name));
    const index = files.list(folder).includes(indexFileName(name)) ? files.open(path, 'write') : files.create(path);
    const bytes = known.length * INDEX_ENTRY.bytes;
    files.truncate(index, bytes);
    const offset = known.findLast((entry) => entry.offset <= end.offset)?.offset ?? FILE_HEADER.bytes;
    const file = new ActiveFile(files, folder, name, end.header.startedMs, end.offset, fd, {
      fd: index,
      bytes,
      offset,
    });
    file.lastNs = end.lastNs;
    return file;
  }

  get isEmpty(): boolean {
    return this.offset === FILE_HEADER.bytes;
  }

  get isSynced(): boolean {
    return this.offset === this.syncedOffset;
  }

  /** Whether it stands in its folder: one that was removed, or replaced, can be written as before, and nobody finds it. */
  isInPlace(): boolean {
    return this.files.isAt(this.fd, this.path);
  }

  /** Its batches that end behind a sequence, read back: also when it is in no folder any more. */
  *batchesBehind(sequence: number): Generator<{ batch: Batch; records: Uint8Array | undefined }> {
    const scanner = new BatchScanner(this.files, this.fd, () => undefined);
    while (scanner.next()) {
      const { batch, buffer, payload } = scanner;
      if (batch.sequence + batch.count <= sequence) continue;
      const records = batch.kind === BatchKind.RECORDS ? buffer.subarray(payload, payload + batch.bytes) : undefined;
      yield { batch: { ...batch }, records };
    }
  }

  /** Appends a batch. After a failure the file is what it was before. */
  put(batch: Batch, records: Uint8Array | undefined): void {
    this.noteIndex(false, batch.sequence);
    encodeBatchHeader(batch, this.headerView, this.header);
    try {
      this.files.write(this.fd, records === undefined ? [this.header] : [this.header, records], this.offset);
    } catch (error) {
      // What is there of it would be found torn; but the next one may be shorter.
      this.files.truncate(this.fd, this.offset);
      throw error;
    }
    this.offset += BATCH_HEADER.bytes + batch.bytes;
    this.lastNs = batch.lastNs;
  }

  /**
   * Returns when all of it is on the disk. A write-back that failed is told once, and its pages are clean from then on
   * though they are not on the disk: so what is not known to be there is written anew before the next try.
   */
  sync(nextSequence: number): void {
    const { files, fd } = this;
    try {
      if (this.isSuspect) this.rewrite();
      files.sync(fd);
    } catch {
      this.isSuspect = true;
      this.rewrite();
      files.sync(fd);
    }
    this.isSuspect = false;
    this.syncedOffset = this.offset;
    this.noteIndex(true, nextSequence);
  }

  /** The same beside what is appended meanwhile; `done` is called from the event loop, once. One at a time. */
  syncLater(nextSequence: number, done: (error: Error | null) => void): void {
    const { offset } = this;
    this.isSyncing = true;
    this.files.syncLater(this.fd, (error) => {
      this.isSyncing = false;
      if (error !== null) this.isSuspect = true;
      else if (!this.isSuspect && offset > this.syncedOffset) {
        this.syncedOffset = offset;
        this.noteIndex(true, nextSequence, offset);
      }
      const { whenOver } = this;
      this.whenOver = undefined;
      whenOver?.();
      done(this.isSuspect ? (error ?? new Error('an earlier sync has failed')) : null);
    });
  }

  /** Runs `work` when no sync is under way: a descriptor that one still uses must not become another file's. */
  afterSync(work: () => void): void {
    if (!this.isSyncing) work();
    else this.whenOver = work;
  }

  close(): void {
    this.afterSync(() => {
      this.files.close(this.fd);
      this.files.close(this.index);
    });
  }

  private rewrite(): void {
    const bytes = new Uint8Array(REWRITTEN_BYTES);
    for (let at = this.syncedOffset; at < this.offset; at += bytes.length) {
      const part = bytes.subarray(0, Math.min(bytes.length, this.offset - at));
      this.files.read(this.fd, part, part.length, at);
      this.files.write(this.fd, [part], at);
    }
  }

  /** The index is a help, not a promise: without an entry more is read. */
  private noteIndex(isDurable: boolean, sequence: number, offset: number = this.offset): void {
    const { lastNs } = this;
    if (offset - (isDurable ? this.durableOffset : this.indexedOffset) < INDEX_EVERY_BYTES) return;
    this.indexedOffset = Math.max(this.indexedOffset, offset);
    if (isDurable) this.durableOffset = offset;
    const entry = encodeIndexEntry({ offset, sequence, lastNs, isDurable });
    try {
      this.files.write(this.index, [entry], this.indexBytes);
      this.indexBytes += entry.length;
    } catch {
      // A part of an entry is overwritten by the next one.
    }
  }
}
