import { join } from 'node:path';
import { type WallClock, systemWallClock } from '../platform/clock.js';
import type { Place } from '../ring/record-consumer.js';
import { ActiveFile } from './active-file.js';
import type { Batch } from './batch-header.js';
import type { JournalIdentity } from './file-header.js';
import { findFileEnd, isHeadless, isUnfinished, readFileHeader, scanHeadless } from './file-recovery.js';
import { BATCH_HEADER, BatchKind, checksum, FILE_HEADER, journalFilesIn, type JournalFileName } from './format.js';
import { JournalCatalog } from './journal-catalog.js';
import { describeFailure, errnoOf, journalError } from './journal-error.js';
import { systemFiles, withFile, type JournalFiles } from './journal-files.js';
import type { JournalRecovery } from './journal-recovery.js';
import { expiredFiles, finishedFiles, removeFiles } from './retention.js';
import type { JournalSettings } from './settings.js';
import { SyncProgress } from './sync-progress.js';
import { lockJournal } from './writer-lock.js';

/** What is appended together: whole records, as they stand in the ring. */
export interface RecordRange extends Place {
  readonly count: number;
  /** When the first and the last of them were received, ns since the epoch. */
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

export interface WriterOptions {
  readonly files?: JournalFiles;
  readonly clock?: WallClock;
  /** The lowest sequence that somebody still needs; default: nobody needs anything. */
  readonly needed?: () => number;
}

/**
 * The one writer of a channel's journal. `append` has a batch in the file when it returns (a death of the process loses
 * nothing), `sync` on the disk. Whatever fails throws `ERR_JOURNAL`, and leaves what was whole before as it was: the same
 * call can be made again.
 */
export class JournalWriter {
  /** Where recording goes on; undefined for a life of the channel that is not in the journal yet. */
  next: Place | undefined;
  readonly recovery: JournalRecovery | undefined;
  private readonly settings: JournalSettings;
  private readonly identity: JournalIdentity;
  private readonly files: JournalFiles;
  private readonly clock: WallClock;
  private readonly needed: () => number;
  private readonly unlock: () => void;
  private active: ActiveFile | undefined;
  private lifeNumber = 0;
  private readonly progress = new SyncProgress();

  /** @throws BusError `ERR_JOURNAL` when somebody else writes it, it is of another channel or version, or cannot be read */
  static open(settings: JournalSettings, identity: JournalIdentity, options: WriterOptions = {}): JournalWriter {
    const { files = systemFiles, clock = systemWallClock, needed = (): number => Infinity } = options;
    try {
      files.makeFolder(settings.directory);
    } catch (error) {
      throw journalError(`cannot make ${settings.directory}: ${describeFailure(error)}`, identity.channel, error);
    }
    const unlock = lockJournal(settings.directory);
    try {
      return new JournalWriter(settings, identity, { files, clock, needed }, unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  private constructor(
    settings: JournalSettings,
    identity: JournalIdentity,
    { files, clock, needed }: Required<WriterOptions>,
    unlock: () => void,
  ) {
    this.settings = settings;
    this.identity = identity;
    this.files = files;
    this.clock = clock;
    this.needed = needed;
    this.unlock = unlock;
    this.recovery = this.recover();
  }

  /** The path of the file that is being written; undefined before the first append. */
  get file(): string | undefined {
    return this.active && join(this.settings.directory, this.active.name);
  }

  /**
   * Appends whole records. They must follow what was appended before; the bytes are handed to the kernel as they are.
   *
   * @throws BusError `ERR_JOURNAL`
   */
  append(records: Uint8Array, range: RecordRange): void {
    this.checkFollows(range);
    const { position, sequence, count } = range;
    const payloadCrc = checksum(records, 0, records.length);
    this.put({ ...range, kind: BatchKind.RECORDS, bytes: records.length, payloadCrc }, records);
    this.next = { position: position + records.length, sequence: sequence + count };
    if (this.settings.fsync === 'always') this.sync();
  }

  /** Notes that `count` records were overwritten before they could be recorded; the next one is at `place`. */
  gap(count: number, place: Place): void {
    const { position } = place;
    const sequence = place.sequence - count;
    this.checkFollows({ position, sequence });
    const ns = this.active?.lastNs ?? 0n;
    const kind = BatchKind.GAP;
    this.put({ kind, bytes: 0, sequence, count, position, firstNs: ns, lastNs: ns, payloadCrc: 0 }, undefined);
    this.next = { position, sequence: place.sequence };
  }

  /** Behind the last record that is on the disk with all before it. */
  get durable(): Place | undefined {
    return this.progress.durable;
  }

  /** Returns when everything that was appended is on the disk. @throws BusError `ERR_JOURNAL` */
  sync(): void {
    this.attempt('have on the disk', () => this.progress.now(this.active, this.next));
  }

  /**
   * Has everything that was appended until now on the disk, beside what is appended meanwhile; `durable` says when. One at
   * a time: while one is under way this is nothing. When one has failed, this is {@link sync}.
   *
   * @throws BusError `ERR_JOURNAL`
   */
  syncLater(): void {
    const { active, next, progress } = this;
    if (progress.isSuspect) this.sync();
    else if (active !== undefined && next !== undefined && !active.isSynced && !active.isSyncing)
      progress.begin(active, next);
  }

  /** Whether a {@link syncLater} is under way. */
  get isSyncing(): boolean {
    return this.active?.isSyncing === true;
  }

  /** Removes the files that retention does not keep. @throws BusError `ERR_JOURNAL` */
  retain(): void {
    const { settings, files, active } = this;
    const { retentionBytes, retentionMs, directory } = settings;
    if (active === undefined || (retentionBytes === Infinity && retentionMs === Infinity)) return;
    this.attempt('remove old files of', () => {
      const finished = finishedFiles(files, directory, this.identity.lifeNs, active.name);
      const nowMs = this.clock.nowMs();
      removeFiles(files, directory, expiredFiles(finished, active.offset, settings, nowMs, this.needed()));
    });
  }

  /** Syncs unless `fsync` is never, and gives the journal up. @throws BusError `ERR_JOURNAL` */
  close(): void {
    try {
      if (this.settings.fsync !== 'never') this.sync();
    } finally {
      this.active?.close();
      this.active = undefined;
      this.unlock();
    }
  }

  private checkFollows({ position, sequence }: Place): void {
    const { next } = this;
    if (next === undefined || (next.sequence === sequence && next.position <= position)) return;
    const expected = `sequence ${next.sequence} at position ${next.position}`;
    throw this.failure(`cannot append sequence ${sequence} at position ${position}; expected ${expected}`);
  }

  private put(batch: Batch, records: Uint8Array | undefined): void {
    const active = this.roomFor(batch);
    this.attempt('write', () => active.put(batch, records));
  }

  /** A file with room for the batch: this one, or the next one. */
  private roomFor({ sequence, position, bytes }: Batch): ActiveFile {
    const { active, settings, identity, files } = this;
    const nowMs = this.clock.nowMs();
    if (active !== undefined) {
      const isFull = active.offset + BATCH_HEADER.bytes + bytes > settings.rollBytes;
      const isOld = nowMs - active.startedMs >= settings.rollMs;
      if (active.isEmpty || (!isFull && !isOld)) return active;
    }
    const { lifeNumber } = this;
    const header = { ...identity, lifeNumber, firstSequence: sequence, firstPosition: position, startedMs: nowMs };
    this.active = this.attempt('begin a file of', () => ActiveFile.begin(files, settings.directory, header));
    if (active !== undefined && this.next !== undefined) {
      this.active.lastNs = active.lastNs;
      this.progress.finish(active, this.next);
    }
    this.retain();
    return this.active;
  }

  private recover(): JournalRecovery | undefined {
    const { files, settings, identity } = this;
    const { directory } = settings;
    const last = this.lastFile();
    if (last === undefined) return undefined;
    const path = join(directory, last.name);
    const fd = this.attempt('open', () => files.open(path, 'write'));
    let isKept = false;
    try {
      if (isUnfinished(files, fd)) {
        const truncatedBytes = files.size(fd);
        removeFiles(files, directory, [last]);
        return this.recover() ?? { file: path, truncatedBytes, damages: [] };
      }
      if (isHeadless(files, fd)) return this.goOnBehind(last, fd);
      const { channel, lifeNs } = readFileHeader(files, fd, path);
      if (channel !== identity.channel) {
        throw this.failure(
          `the journal in ${directory} is of channel ${channel}, not of ${identity.channel}. Give each channel its own folder`,
        );
      }
      if (lifeNs !== identity.lifeNs) return undefined;
      const end = this.attempt('read', () => findFileEnd(files, directory, last.name, fd));
      this.active = this.attempt('go on with', () => ActiveFile.goOn(files, directory, last.name, fd, end));
      isKept = true;
      this.next = { position: end.position, sequence: end.sequence };
      this.attempt('have on the disk', () => this.syncFinished());
      this.progress.durable = this.next;
      if (end.tornBytes === 0 && end.damages.length === 0) return undefined;
      return { file: path, truncatedBytes: end.tornBytes, damages: end.damages };
    } finally {
      if (!isKept) files.close(fd);
    }
  }

  /** The last file of this life of the channel; else that of the life before, as far as files say what they are. */
  private lastFile(): JournalFileName | undefined {
    const { files, identity, settings } = this;
    const catalog = new JournalCatalog(files, settings.directory);
    return this.attempt('list', () => {
      const lives = catalog.lives();
      const mine = lives.find(({ lifeNs }) => lifeNs === identity.lifeNs);
      this.lifeNumber = mine?.number || 1 + Math.max(0, ...lives.map(({ number }) => number));
      if (mine !== undefined) return catalog.filesOf(identity.lifeNs).at(-1);
      const isHeadlessFile = ({ name }: JournalFileName): boolean =>
        withFile(files, join(settings.directory, name), (fd) => isHeadless(files, fd));
      return catalog.all().findLast((file) => !isHeadlessFile(file));
    });
  }

  /**
   * Goes on after a file with a damaged header. It stays where it is, so that its batches can be read, and the next file is
   * begun behind it; one of which no batch is whole is renamed. Nothing is removed.
   */
  private goOnBehind(last: JournalFileName, fd: number): JournalRecovery {
    const { files, settings } = this;
    const { directory } = settings;
    const file = join(directory, last.name);
    const found = this.attempt('read', () => scanHeadless(files, fd));
    if (found !== undefined) {
      this.next = { position: found.position, sequence: found.sequence };
      this.attempt('have on the disk', () => this.syncFinished());
      this.progress.durable = this.next;
      return { file, truncatedBytes: 0, damages: found.damages };
    }
    const setAside = join(directory, nameAside(files.list(directory), last.name));
    this.attempt('set aside a file of', () => files.rename(file, setAside));
    this.recover();
    const damages = [{ offset: 0, bytes: FILE_HEADER.bytes, what: 'header' }] as const;
    return { file, truncatedBytes: 0, damages, setAside };
  }

  /** Who wrote them may have died while their last sync was under way: only a sync of its own says that they are there. */
  private syncFinished(): void {
    const { files, identity, settings } = this;
    for (const { lifeNs, name } of journalFilesIn(files.list(settings.directory))) {
      if (lifeNs !== identity.lifeNs || name === this.active?.name) continue;
      try {
        withFile(files, join(settings.directory, name), (fd) => files.sync(fd));
      } catch (error) {
        // A link in the place of a file holds nothing that was recorded, and must not keep a channel from being recorded.
        if ((error as { code?: unknown }).code !== 'ELOOP') throw error;
      }
    }
  }

  private attempt<Result>(what: string, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (errnoOf(error) === 0) throw error;
      throw this.failure(`cannot ${what} the journal in ${this.settings.directory}: ${describeFailure(error)}`, error);
    }
  }

  private failure(message: string, cause?: unknown): Error {
    return journalError(`channel ${this.identity.channel}: ${message}`, this.identity.channel, cause);
  }
}

/** A name under which nothing is read any more, and nothing is there yet. */
function nameAside(names: readonly string[], name: string): string {
  for (let count = 1; ; count++) {
    const aside = `${name}.damaged${count === 1 ? '' : `-${count}`}`;
    if (!names.includes(aside)) return aside;
  }
}
