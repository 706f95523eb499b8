import { join } from 'node:path';
import { recordBytes } from '../layout/record.js';
import { RECORD, RecordKind } from '../layout/schema.js';
import { systemWallClock, type WallClock } from '../platform/clock.js';
import type { GapHandler, GapReason } from '../ring/gaps.js';
import { MessageView } from '../ring/message-view.js';
import { DEQUEUED_SCRATCH } from '../ring/producer-ring.js';
import type { MessageHandler, Place } from '../ring/record-consumer.js';
import { BatchScanner, type Damage } from './batch-scanner.js';
import type { FileHeader } from './file-header.js';
import { BatchKind, FILE_HEADER, type JournalFileName } from './format.js';
import { readIndex } from './index-entries.js';
import { reading, unreadable } from './journal-error.js';
import { isGone, JournalCatalog, refuseEmpty } from './journal-catalog.js';
import { systemFiles, type JournalFiles } from './journal-files.js';

const { length: LENGTH, kind: KIND, receivedNs: RECEIVED } = RECORD.at;
const HEADER = RECORD.bytes;

/** A place of a journal that is not what was written. */
export interface JournalDamage extends Damage {
  readonly file: string;
}

export interface ReaderOptions {
  /** Which life of the channel: when its segment was made, ns since the epoch; default: the last one recorded, also when a clock was set back. */
  readonly lifeNs?: bigint | undefined;
  /** Told of messages that are not there: `onGap` of consumers says when. */
  readonly onGap?: GapHandler | undefined;
  readonly onDamage?: ((damage: JournalDamage) => void) | undefined;
  readonly files?: JournalFiles;
  readonly clock?: WallClock;
}

/**
 * Reads the journal of a channel, from any place on, in any process, also while somebody appends to it: at the end `poll`
 * answers 0, and goes on with the next call when there is more. Every batch is checked before it is handed out; what is
 * damaged, or was removed by retention, is counted in `lost` like what was overwritten in a ring.
 *
 * @example
 * const reader = JournalReader.open('journal/trades');
 * reader.seek({ timeNs });
 * while (reader.poll((message) => console.log(message.sequence)) > 0);
 */
export class JournalReader implements Disposable {
  readonly header: FileHeader;
  /** Records that are not in the journal, or not whole, between where it began to read and here. */
  lost = 0;
  private readonly folder: string;
  private readonly files: JournalFiles;
  private readonly clock: WallClock;
  private readonly catalog: JournalCatalog;
  private readonly onGap: GapHandler | undefined;
  private readonly onDamage: ((damage: JournalDamage) => void) | undefined;
  private readonly stamps = new DataView(new ArrayBuffer(128));
  private view: MessageView;
  private file: JournalFileName | undefined;
  private fd = -1;
  private scanner: BatchScanner | undefined;
  /** Where the next record of the loaded batch stands in the scanner's buffer, and where they end. */
  private at = 0;
  private end = 0;
  /** What turns `at` into a position of the channel. */
  private base = 0;
  /** Records before this are stepped over: they were not asked for. */
  private fromSequence = 0;
  /** Sequence of the record at `at`. */
  private sequence: number;
  private fromNs = 0n;
  /** The place behind the file that was left last. */
  private left: Place | undefined;

  /** @throws BusError `ERR_JOURNAL` when there is no journal, it is of another version, or this user may not read it */
  static open(folder: string, options: ReaderOptions = {}): JournalReader {
    const catalog = new JournalCatalog(options.files ?? systemFiles, folder);
    return reading(folder, () => {
      const lifeNs = options.lifeNs ?? catalog.lives().at(-1)?.lifeNs;
      const header = lifeNs === undefined ? undefined : catalog.headerOf(lifeNs);
      if (header === undefined) refuseEmpty(folder);
      return new JournalReader(folder, catalog, header, options);
    });
  }

  private constructor(folder: string, catalog: JournalCatalog, header: FileHeader, options: ReaderOptions) {
    const { onGap, onDamage, files = systemFiles, clock = systemWallClock } = options;
    this.folder = folder;
    this.catalog = catalog;
    this.header = header;
    this.onGap = onGap;
    this.onDamage = onDamage;
    this.files = files;
    this.clock = clock;
    this.sequence = this.firstSequence;
    this.view = this.viewOf(new Uint8Array(0));
  }

  /** Sequence of the next record. */
  get nextSequence(): number {
    return Math.max(this.sequence, this.fromSequence);
  }

  /** Sequence of the first record that is still there. */
  get firstSequence(): number {
    return this.catalog.filesOf(this.header.lifeNs)[0]?.firstSequence ?? this.header.firstSequence;
  }

  /**
   * Goes on from the record with that sequence, or from the first one received at or after that time (records without
   * timestamps count with their batch). What lies before the journal begins at its first record, and is not counted.
   */
  seek(to: { readonly sequence: number } | { readonly timeNs: bigint }): void {
    const { catalog, header } = this;
    const names = catalog.filesOf(header.lifeNs);
    const isTime = 'timeNs' in to;
    const index = isTime ? catalog.fileWithTime(names, to.timeNs) : catalog.fileWithSequence(names, to.sequence);
    this.leaveFile();
    this.file = undefined;
    this.fromSequence = isTime ? 0 : to.sequence;
    this.fromNs = isTime ? to.timeNs : 0n;
    const file = names[index];
    if (file === undefined || !this.enterFile(file)) return;
    const entries = readIndex(this.files, this.folder, file.name);
    const start = entries.findLast(({ sequence, lastNs }) => (isTime ? lastNs < to.timeNs : sequence <= to.sequence));
    this.sequence = start?.sequence ?? file.firstSequence;
    if (start !== undefined && this.isBatchAt(start.offset, start.sequence)) this.scanner?.moveTo(start.offset);
    else this.sequence = file.firstSequence;
  }

  /** Hands up to `limit` messages to the handler, and returns how many: 0 at the end. If it throws, that one comes again. */
  poll(handler: MessageHandler, limit: number = 1024): number {
    let delivered = 0;
    while (delivered < limit) {
      if (this.at >= this.end && !this.nextBatch()) break;
      const { scanner, at } = this;
      if (scanner === undefined) break;
      if (this.isAskedFor(scanner.view, at)) {
        const kind = scanner.view.getInt32(at + KIND, true);
        if (kind === RecordKind.DATA || kind === RecordKind.STAMPED) {
          this.view.offset = at + HEADER;
          this.view.length = scanner.view.getInt32(at + LENGTH, true);
          this.view.sequence = this.sequence;
          handler(this.view);
          delivered += 1;
        } else if (kind === RecordKind.REPAIRED) this.lose(1, 'died');
      }
      this.step(scanner);
    }
    return delivered;
  }

  /** Where the next record stands in the channel: for whoever goes on in its ring. Known once it has read something. */
  get place(): Place | undefined {
    const { at } = this;
    if (this.end === 0) return this.left;
    return { position: this.base + at, sequence: this.sequence };
  }

  /** Steps over what was not asked for, so that `nextSequence` is that of the next message; false when there is none yet. */
  settle(): boolean {
    for (;;) {
      if (this.at >= this.end && !this.nextBatch()) return false;
      const { scanner, at } = this;
      if (scanner === undefined) return false;
      if (this.isAskedFor(scanner.view, at)) return true;
      this.step(scanner);
    }
  }

  close(): void {
    this.leaveFile();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** To the next record of the batch. */
  private step({ view }: BatchScanner): void {
    this.at += recordBytes(view.getInt32(this.at + LENGTH, true));
    this.sequence += 1;
  }

  private isAskedFor(view: DataView, at: number): boolean {
    if (this.sequence < this.fromSequence) return false;
    if (this.fromNs === 0n) return true;
    const isStamped = view.getInt32(at + KIND, true) === RecordKind.STAMPED;
    const receivedNs = isStamped ? view.getBigUint64(at + RECEIVED, true) : (this.scanner?.batch.lastNs ?? 0n);
    if (receivedNs < this.fromNs) return false;
    this.fromNs = 0n;
    return true;
  }

  /** Loads the next batch with records; false at the end of what is there. */
  private nextBatch(): boolean {
    for (;;) {
      if (this.scanner === undefined && !this.enterNext()) return false;
      const scanner = this.scanner!;
      if (!scanner.next()) {
        if (!this.isFinished()) return false;
        // Once more: what was appended before the next file was begun is all there is.
        if (!scanner.next()) this.leaveFile();
        else if (this.accept(scanner)) return true;
        continue;
      }
      if (this.accept(scanner)) return true;
    }
  }

  /** Takes over a batch that was found; false for a gap, which is counted. */
  private accept(scanner: BatchScanner): boolean {
    const { kind, sequence, count, bytes, position, lastNs } = scanner.batch;
    if (sequence > this.sequence) this.lose(sequence - this.sequence, 'not-recorded');
    this.sequence = sequence;
    this.at = scanner.payload;
    this.end = scanner.payload + bytes;
    this.base = position - scanner.payload;
    if (kind === BatchKind.GAP) {
      this.lose(count, 'overwritten');
      this.sequence = sequence + count;
      return false;
    }
    if (lastNs < this.fromNs || sequence + count <= this.fromSequence) {
      this.sequence = sequence + count;
      this.at = this.end;
      return false;
    }
    if (this.view.buffer !== scanner.buffer) this.view = this.viewOf(scanner.buffer);
    this.stamps.setBigUint64(DEQUEUED_SCRATCH, BigInt(this.clock.nowMs()) * 1_000_000n, true);
    return true;
  }

  private lose(lost: number, reason: GapReason): void {
    const first = Math.max(this.sequence, this.fromSequence);
    const counted = this.sequence + lost - first;
    if (counted <= 0 || this.fromNs > 0n) return;
    this.lost += counted;
    this.onGap?.({ sequence: first, lost: counted, reason });
  }

  /** Whether a later file was begun, so that nothing will be appended to this one. */
  private isFinished(): boolean {
    const { file } = this;
    return file !== undefined && this.fileAfter(file) !== undefined;
  }

  private fileAfter(file: JournalFileName): JournalFileName | undefined {
    return this.catalog.filesOf(this.header.lifeNs).find(({ firstSequence }) => firstSequence > file.firstSequence);
  }

  private enterNext(): boolean {
    for (;;) {
      // Never back: sequences that do not ascend, which only a forged file has, must not lead round in a circle.
      const last = this.file?.firstSequence ?? -1;
      const later = this.catalog.filesOf(this.header.lifeNs).filter(({ firstSequence }) => firstSequence > last);
      const next = later.findLast(({ firstSequence }) => firstSequence <= this.sequence) ?? later[0];
      if (next === undefined) return false;
      if (this.enterFile(next)) return true;
    }
  }

  /** False when retention has removed it meanwhile. */
  private enterFile(file: JournalFileName): boolean {
    let fd: number;
    try {
      fd = this.files.open(join(this.folder, file.name), 'read');
    } catch (error) {
      if (isGone(error)) return false;
      throw unreadable(this.folder, error);
    }
    this.fd = fd;
    this.file = file;
    const damaged = (damage: Damage): void => this.onDamage?.({ ...damage, file: join(this.folder, file.name) });
    this.scanner = new BatchScanner(this.files, fd, damaged, FILE_HEADER.bytes);
    return true;
  }

  private leaveFile(): void {
    this.left = this.place;
    if (this.fd >= 0) this.files.close(this.fd);
    this.fd = -1;
    this.scanner = undefined;
    this.at = 0;
    this.end = 0;
  }

  /** An index is believed only where it leads to a batch that begins as it says. */
  private isBatchAt(offset: number, sequence: number): boolean {
    const probe = new BatchScanner(this.files, this.fd, () => undefined, offset);
    return probe.next() && probe.offset === offset && probe.batch.sequence === sequence;
  }

  private viewOf(bytes: Uint8Array): MessageView {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new MessageView({ bytes, view }, { view: this.stamps });
  }
}
