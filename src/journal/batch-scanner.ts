import { decodeBatchHeader, emptyBatch, type Batch } from './batch-header.js';
import { recordBytes } from '../layout/record.js';
import { RECORD } from '../layout/schema.js';
import { BATCH_ALIGNMENT, BATCH_HEADER, BatchKind, checksum, FILE_HEADER } from './format.js';
import type { JournalFiles } from './journal-files.js';

const HEADER = BATCH_HEADER.bytes;
const CHUNK_BYTES = 1024 * 1024;

/** Bytes of a journal that are not what was written. */
export interface Damage {
  readonly offset: number;
  readonly bytes: number;
  readonly what: 'header' | 'records';
}

/**
 * Goes over the batches of one journal file, from any place where one begins. Damaged ones are stepped over: the next
 * whole header behind them is found by its place and its checksum. The file may grow meanwhile: at its end `next` answers
 * false, and is asked again later.
 */
export class BatchScanner {
  /** The batch that `next` found, and where its records stand in `buffer`. */
  readonly batch: Batch = emptyBatch();
  /** Of the batch's header in the file. */
  offset = 0;
  payload = 0;
  buffer = new Uint8Array(CHUNK_BYTES);
  view = new DataView(this.buffer.buffer);
  /** Where the next batch begins, or the damage. */
  nextOffset: number;
  private readonly files: JournalFiles;
  private readonly fd: number;
  private readonly onDamage: (damage: Damage) => void;
  private bufferStart = 0;
  private bufferBytes = 0;
  private reads = 0;
  /** Size of the file when nothing whole was found from `nextOffset` on. */
  private vainSize = -1;
  /** What looked damaged there was read from the file a second time. */
  private rereadAt = -1;

  constructor(files: JournalFiles, fd: number, onDamage: (damage: Damage) => void, from: number = FILE_HEADER.bytes) {
    this.files = files;
    this.fd = fd;
    this.onDamage = onDamage;
    this.nextOffset = from;
  }

  moveTo(offset: number): void {
    this.nextOffset = offset;
    this.vainSize = -1;
  }

  /** Loads the next whole batch; false when there is none (yet). */
  next(): boolean {
    if (this.find()) return true;
    // What is at the end may be cut off by the next writer, and another batch be written in its place.
    this.bufferBytes = 0;
    this.rereadAt = -1;
    return false;
  }

  private find(): boolean {
    for (;;) {
      const at = this.nextOffset;
      if (!this.load(at, HEADER)) return false;
      const found = this.look(at);
      if (found === 'whole') {
        this.offset = at;
        this.payload = at - this.bufferStart + HEADER;
        this.nextOffset = at + HEADER + this.batch.bytes;
        return true;
      }
      if (this.rereadAt !== at) {
        // Only what is damaged twice is: a writer may have taken it away since it was read.
        this.rereadAt = at;
        this.bufferBytes = 0;
      } else if (found === 'damaged records') {
        const bytes = HEADER + this.batch.bytes;
        // the length is of the same hand as the records: where it leads must be a place where a batch can begin
        if (!this.isBoundary(at + bytes) && this.resynchronise()) continue;
        this.nextOffset = at + bytes;
        this.onDamage({ offset: at, bytes, what: 'records' });
      } else if (!this.resynchronise()) return false;
    }
  }

  /** What stands at an offset of which the header is loaded: header and records are judged as one reading found them. */
  private look(at: number): 'whole' | 'damaged records' | 'nothing whole' {
    for (;;) {
      if (!decodeBatchHeader(this.view, this.buffer, at - this.bufferStart, this.batch)) return 'nothing whole';
      const { reads } = this;
      if (!this.load(at, HEADER + this.batch.bytes)) return 'nothing whole';
      if (this.reads === reads) return this.isWhole(at) ? 'whole' : 'damaged records';
    }
  }

  /** Whether the records of a loaded batch are what was written, and what a ring can have held. */
  private isWhole(at: number): boolean {
    const start = at - this.bufferStart + HEADER;
    const end = start + this.batch.bytes;
    if (checksum(this.buffer, start, end) !== this.batch.payloadCrc) return false;
    return this.batch.kind === BatchKind.GAP || holdsWholeRecords(this.view, start, end, this.batch.count);
  }

  /** Whether a batch begins at an offset, or may once the file has grown. */
  private isBoundary(offset: number): boolean {
    if (!this.load(offset, HEADER)) return true;
    return decodeBatchHeader(this.view, this.buffer, offset - this.bufferStart, emptyBatch());
  }

  /**
   * Finds the next whole header behind damage, or behind a header whose records reach beyond the end of the file; false
   * when there is none: then it is the end, whole or torn.
   */
  private resynchronise(): boolean {
    const from = this.nextOffset;
    const size = this.files.size(this.fd);
    if (size === this.vainSize) return false;
    for (let at = from + BATCH_ALIGNMENT; this.load(at, HEADER); at += BATCH_ALIGNMENT) {
      if (!decodeBatchHeader(this.view, this.buffer, at - this.bufferStart, this.batch)) continue;
      if (!this.load(at, HEADER + this.batch.bytes)) continue;
      // A writer goes on meanwhile, in the order of the file: what was not whole yet is, when something is behind it.
      this.bufferBytes = 0;
      if (this.load(from, HEADER) && this.look(from) !== 'whole') {
        this.onDamage({ offset: from, bytes: at - from, what: 'header' });
        this.nextOffset = at;
      }
      return true;
    }
    this.vainSize = size;
    return false;
  }

  /** Has `bytes` of the file from `offset` on in the buffer; false when the file does not have them. */
  private load(offset: number, bytes: number): boolean {
    const { bufferStart, bufferBytes } = this;
    if (offset >= bufferStart && offset + bytes <= bufferStart + bufferBytes) return true;
    // asked first: a length that is not true must not take memory
    if (bytes > CHUNK_BYTES && this.files.size(this.fd) < offset + bytes) return false;
    if (bytes > this.buffer.length) {
      this.buffer = new Uint8Array(bytes);
      this.view = new DataView(this.buffer.buffer);
    }
    this.reads += 1;
    this.bufferStart = offset;
    this.bufferBytes = this.files.read(this.fd, this.buffer, this.buffer.length, offset);
    return bytes <= this.bufferBytes;
  }
}

/** A checksum is no defence against who writes both: lengths must lead from record to record, and end at the end. */
function holdsWholeRecords(view: DataView, start: number, end: number, count: number): boolean {
  let at = start;
  for (let record = 0; record < count; record++) {
    if (at + RECORD.bytes > end) return false;
    const length = view.getInt32(at + RECORD.at.length, true);
    // compared before it is rounded up, which may overflow
    if (length <= 0 || length > end - at || at + recordBytes(length) > end) return false;
    at += recordBytes(length);
  }
  return at === end;
}
