import { constants } from 'node:os';
import { join } from 'node:path';
import { type WallClock, systemWallClock } from '../platform/clock.js';
import type { Place } from '../ring/record-consumer.js';
import { ActiveFile } from './active-file.js';
import type { Batch } from './batch-header.js';
import type { JournalIdentity } from './file-header.js';
import { BATCH_HEADER, BatchKind, checksum } from './format.js';
import { describeFailure, errnoOf, JournalErrors, journalError, lostRecords, missingFile } from './journal-error.js';
import { systemFiles, type JournalFiles } from './journal-files.js';
import { JournalOpening } from './journal-opening.js';
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
  private readonly errors: JournalErrors;
  private readonly clock: WallClock;
  private readonly needed: () => number;
  private unlock: () => void;
  private active: ActiveFile | undefined;
  /** What was written until it was found out of its place; its descriptor is all that is left of it. */
  private displaced: ActiveFile | undefined;
  private lifeNumber = 0;
  private progress = new SyncProgress();
  /** Where the last append began that is in the file, but whose sync has failed: the same call comes again. */
  private unsynced: number | undefined;

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
    this.errors = new JournalErrors(identity.channel, settings.directory);
    this.recovery = this.goOn();
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
    this.settle();
    if (this.unsynced !== range.sequence) this.appendNew(records, range);
    else if (this.next!.position < range.position + records.length) this.appendRest(records, range, this.next!);
    if (this.settings.fsync !== 'always') return;
    this.unsynced = range.sequence;
    this.sync();
    this.unsynced = undefined;
  }

  /** The same call again, after its sync has failed: with more records, as the ring has them by now. */
  private appendRest(records: Uint8Array, range: RecordRange, { position, sequence }: Place): void {
    const count = range.count - (sequence - range.sequence);
    this.appendNew(records.subarray(position - range.position), { ...range, position, sequence, count });
  }

  private appendNew(records: Uint8Array, range: RecordRange): void {
    this.checkFollows(range);
    const { position, sequence, count } = range;
    const payloadCrc = checksum(records, 0, records.length);
    this.put({ ...range, kind: BatchKind.RECORDS, bytes: records.length, payloadCrc }, records);
    this.next = { position: position + records.length, sequence: sequence + count };
  }

  /** Notes that `count` records were overwritten before they could be recorded; the next one is at `place`. */
  gap(count: number, place: Place): void {
    this.settle();
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
    this.settle();
    this.checkPlace();
    try {
      this.errors.attempt('have on the disk', () => this.progress.now(this.active, this.next));
    } catch (error) {
      const lost = lostRecords(error);
      if (lost !== undefined && lost.upTo === undefined) {
        this.next = lost.from;
        this.unsynced = undefined;
      }
      throw error;
    }
  }

  /** After a failure: what it left undone is done, or this fails too. @throws BusError `ERR_JOURNAL` */
  resume(): void {
    this.settle();
    if (this.progress.isSuspect || this.unsynced !== undefined) this.sync();
  }

  /**
   * Has everything that was appended until now on the disk, beside what is appended meanwhile; `durable` says when. One at
   * a time: while one is under way this is nothing. When one has failed, this is {@link sync}.
   *
   * @throws BusError `ERR_JOURNAL`
   */
  syncLater(): void {
    if (this.displaced !== undefined) return;
    this.checkPlace();
    const { active, next, progress } = this;
    if (progress.isSuspect) this.sync();
    else if (active !== undefined && next !== undefined && !active.isSynced && !active.isSyncing)
      progress.begin(active, next);
  }

  /** Whether a {@link syncLater} is under way. */
  get isSyncing(): boolean {
    return this.active?.isSyncing === true;
  }

  /**
   * Looks whether the file that is written stands in its folder. What it holds is not lost when it does not: `settle`, and
   * the next call that writes, begin a new one with that.
   *
   * @throws BusError `ERR_JOURNAL` when it was removed or replaced
   */
  checkPlace(): void {
    const { file } = this;
    if (!this.noticeDisplaced()) return;
    const { directory } = this.settings;
    const follows = `what it held is written anew as soon as the folder ${directory} is there`;
    throw this.errors.failure(`${file} was removed or replaced while it was written; ${follows}`, missingFile());
  }

  /** After {@link checkPlace} has failed: goes on in a file that stands in its folder. @throws BusError `ERR_JOURNAL` */
  settle(): void {
    if (this.displaced !== undefined) this.moveIn(this.displaced, this.settings.onFailure === 'continue');
  }

  /** Removes the files that retention does not keep. @throws BusError `ERR_JOURNAL` */
  retain(): void {
    const { settings, files, active } = this;
    const { retentionBytes, retentionMs, directory } = settings;
    if (retentionBytes === Infinity && retentionMs === Infinity) return;
    this.errors.attempt('remove old files of', () => {
      const finished = finishedFiles(files, directory, this.identity.lifeNs, active?.name);
      const nowMs = this.clock.nowMs();
      removeFiles(files, directory, expiredFiles(finished, active?.offset ?? 0, settings, nowMs, this.needed()));
    });
  }

  /** Syncs unless `fsync` is never, and gives the journal up. @throws BusError `ERR_JOURNAL` */
  close(): void {
    try {
      this.noticeDisplaced();
      if (this.displaced !== undefined) this.moveIn(this.displaced, true);
      if (this.settings.fsync !== 'never') this.sync();
    } finally {
      this.active?.close();
      this.displaced?.close();
      this.active = undefined;
      this.unlock();
    }
  }

  /** Finds where the journal ends, and mends it. */
  private goOn(): JournalRecovery | undefined {
    const { files, settings, identity, errors } = this;
    const opening = new JournalOpening(files, settings.directory, identity, errors);
    const { active, next, recovery } = opening.open();
    this.active = active;
    this.next = next;
    this.lifeNumber = Math.max(this.lifeNumber, opening.lifeNumber);
    this.progress.durable = next;
    return recovery;
  }

  private get endSequence(): number {
    return this.next?.sequence ?? 0;
  }

  private noticeDisplaced(): boolean {
    const { active } = this;
    if (active === undefined || this.errors.attempt('look at', () => active.isInPlace())) return false;
    this.displaced = active;
    this.active = undefined;
    return true;
  }

  private enterFolder(makesFolder: boolean): void {
    const { files, errors } = this;
    const { directory } = this.settings;
    try {
      if (makesFolder) files.makeFolder(directory);
      else files.syncFolder(directory);
      this.unlock = lockJournal(directory);
    } catch (error) {
      if (errnoOf(error) !== constants.errno.ENOENT) throw error;
      const remedy = 'put it back, or make it anew (mkdir -m 700), and recording goes on there';
      throw errors.failure(`the folder ${directory} was removed while it was written: ${remedy}`, error);
    }
  }

  /** Opens the journal anew, whatever stands there now, and appends what is not in it of the file that was displaced. */
  private moveIn(displaced: ActiveFile, makesFolder: boolean): void {
    const { next } = this;
    // of a try that failed on its way
    this.active?.close();
    this.active = undefined;
    this.unlock();
    this.unlock = (): void => undefined;
    this.enterFolder(makesFolder);
    this.progress = new SyncProgress();
    try {
      this.next = undefined;
      this.goOn();
      for (const { batch, records } of displaced.batchesBehind(this.endSequence)) this.put(batch, records);
    } finally {
      this.next = next;
    }
    this.displaced = undefined;
    displaced.close();
  }

  private checkFollows({ position, sequence }: Place): void {
    const { next } = this;
    if (next === undefined || (next.sequence === sequence && next.position <= position)) return;
    const expected = `sequence ${next.sequence} at position ${next.position}`;
    throw this.errors.failure(`cannot append sequence ${sequence} at position ${position}; expected ${expected}`);
  }

  private put(batch: Batch, records: Uint8Array | undefined): void {
    const active = this.roomFor(batch);
    this.errors.attempt('write', () => active.put(batch, records));
  }

  /** A file with room for the batch: this one, or the next one. */
  private roomFor({ sequence, position, bytes }: Batch): ActiveFile {
    const { active, settings, identity, files } = this;
    const nowMs = this.clock.nowMs();
    if (active !== undefined) {
      const isFull = active.offset + BATCH_HEADER.bytes + bytes > settings.rollBytes;
      const isOld = nowMs - active.startedMs >= settings.rollMs;
      if (active.isEmpty || (!isFull && !isOld)) return active;
      this.checkPlace();
    }
    const { lifeNumber } = this;
    const header = { ...identity, lifeNumber, firstSequence: sequence, firstPosition: position, startedMs: nowMs };
    this.active = this.errors.attempt('begin a file of', () => ActiveFile.begin(files, settings.directory, header));
    if (active !== undefined && this.next !== undefined) {
      this.active.lastNs = active.lastNs;
      this.progress.finish(active, this.next);
    }
    this.retain();
    return this.active;
  }
}
