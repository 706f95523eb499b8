import { decodeBatchHeader, emptyBatch, type Batch } from './batch-header.js';
import { BATCH_ALIGNMENT, BATCH_HEADER, checksum, FILE_HEADER } from './format.js';
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
  /** Size of the file when nothing whole was found from `nextOffset` on. */
  private vainSize = -1;

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
    for (;;) {
      const at = this.nextOffset;
      if (!this.load(at, HEADER)) return false;
      if (!decodeBatchHeader(this.view, this.buffer, at - this.bufferStart, this.batch)) {
        if (!this.resynchronise()) return false;
        continue;
      }
      const { bytes, payloadCrc } = this.batch;
      if (!this.load(at, HEADER + bytes)) return this.isFollowed(at) && this.next();
      const start = at - this.bufferStart + HEADER;
      this.nextOffset = at + HEADER + bytes;
      if (checksum(this.buffer, start, start + bytes) === payloadCrc) {
        this.offset = at;
        this.payload = start;
        return true;
      }
      this.onDamage({ offset: at, bytes: HEADER + bytes, what: 'records' });
    }
  }

  /**
   * A header whose records reach beyond the end of the file: the last batch is still being written, or was cut; unless
   * another one stands where its records should be. Then the length is not to be believed.
   */
  private isFollowed(at: number): boolean {
    this.nextOffset = at;
    return this.resynchronise();
  }

  /** Finds the next whole header behind damage; false when there is none: then it is the end, whole or torn. */
  private resynchronise(): boolean {
    const from = this.nextOffset;
    const size = this.files.size(this.fd);
    if (size === this.vainSize) return false;
    for (let at = from + BATCH_ALIGNMENT; this.load(at, HEADER); at += BATCH_ALIGNMENT) {
      if (!decodeBatchHeader(this.view, this.buffer, at - this.bufferStart, this.batch)) continue;
      if (!this.load(at, HEADER + this.batch.bytes)) continue;
      this.onDamage({ offset: from, bytes: at - from, what: 'header' });
      this.nextOffset = at;
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
    this.bufferStart = offset;
    this.bufferBytes = this.files.read(this.fd, this.buffer, this.buffer.length, offset);
    return bytes <= this.bufferBytes;
  }
}
