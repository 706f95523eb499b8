import { join } from 'node:path';
import type { Place } from '../ring/record-consumer.js';
import { encodeBatchHeader, type Batch } from './batch-header.js';
import { BatchScanner } from './batch-scanner.js';
import { encodeFileHeader, type FileHeader } from './file-header.js';
import type { FileEnd } from './file-recovery.js';
import { BATCH_HEADER, BatchKind, FILE_HEADER, INDEX_ENTRY, indexFileName, journalFileName } from './format.js';
import { encodeIndexEntry, INDEX_EVERY_BYTES, readIndex } from './index-entries.js';
import { LostRecords } from './journal-error.js';
import type { JournalFiles } from './journal-files.js';

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
  /** Behind the last record that is on the disk. */
  private syncedNext: Place;
  /** The header of the file, of one that was begun here. */
  private readonly fileHeader: Uint8Array | undefined;
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
    next: Place,
    fileHeader?: Uint8Array,
  ) {
    this.files = files;
    this.name = name;
    this.path = join(folder, name);
    this.startedMs = startedMs;
    this.offset = offset;
    this.syncedOffset = offset;
    this.syncedNext = next;
    this.fileHeader = fileHeader;
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
    const fileHeader = encodeFileHeader(header);
    let index = -1;
    try {
      files.write(fd, [fileHeader], 0);
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
    const next = { position: header.firstPosition, sequence: header.firstSequence };
    const place = { fd: index, bytes: 0, offset };
    return new ActiveFile(files, folder, name, header.startedMs, offset, fd, place, next, fileHeader);
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
    const { position, sequence, header } = end;
    const place = { fd: index, bytes, offset };
    const file = new ActiveFile(files, folder, name, header.startedMs, end.offset, fd, place, { position, sequence });
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
   *
   * Throws {@link LostRecords} when that is not what was written any more: the file then ends before it.
   */
  sync(next: Place): void {
    if (this.isSuspect || !this.isWrittenBack()) {
      this.isSuspect = true;
      this.rewrite();
      this.files.sync(this.fd);
    }
    this.isSuspect = false;
    this.syncedOffset = this.offset;
    this.syncedNext = next;
    this.noteIndex(true, next.sequence);
  }

  /** The same beside what is appended meanwhile; `done` is called from the event loop, once. One at a time. */
  syncLater(next: Place, done: (error: Error | null) => void): void {
    const { offset } = this;
    this.isSyncing = true;
    this.files.syncLater(this.fd, (error) => {
      this.isSyncing = false;
      if (error !== null) this.isSuspect = true;
      else if (!this.isSuspect && offset > this.syncedOffset) {
        this.syncedOffset = offset;
        this.syncedNext = next;
        this.noteIndex(true, next.sequence, offset);
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

  private isWrittenBack(): boolean {
    try {
      this.files.sync(this.fd);
      return true;
    } catch {
      return false;
    }
  }

  /** Batch by batch, as the kernel may have dropped what it could not write: then older bytes stand there, or zeros. */
  private rewrite(): void {
    const { files, fd, fileHeader } = this;
    if (fileHeader !== undefined) files.write(fd, [fileHeader], 0);
    const scanner = new BatchScanner(files, fd, () => undefined, this.syncedOffset);
    let next = this.syncedNext;
    for (let at = this.syncedOffset; at < this.offset; at = scanner.nextOffset) {
      if (!scanner.next() || scanner.offset !== at) {
        files.truncate(fd, at);
        this.offset = at;
        throw new LostRecords(next);
      }
      const { buffer, payload, batch } = scanner;
      files.write(fd, [buffer.subarray(payload - BATCH_HEADER.bytes, payload + batch.bytes)], at);
      next = { position: batch.position + batch.bytes, sequence: batch.sequence + batch.count };
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
