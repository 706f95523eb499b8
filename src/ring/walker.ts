import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import { HEADER_BYTES, recordBytes } from '../layout/record.js';
import { CELL_BYTES, RECORD } from '../layout/schema.js';
import type { RingStorage } from './storage.js';

const LENGTH = RECORD.at.length;
const SEQUENCE = RECORD.at.sequence;

/** A place in the ring: a position, and where its bytes are. Off the hot path; the hot paths keep the same in fields. */
export class RingWalker {
  position = 0;
  window: AtomicBuffer;
  /** Of `position`, inside `window`. */
  offset = 0;
  /** Where the window starts, in the ring. */
  private start = 0;
  private readonly storage: RingStorage;

  constructor(storage: RingStorage, position: number) {
    this.storage = storage;
    this.window = storage.windows[0]!;
    this.moveTo(position);
  }

  moveTo(position: number): void {
    const { capacity, windowBytes, windows } = this.storage;
    const inRing = position % capacity;
    const index = Math.floor(inRing / windowBytes);
    this.position = position;
    this.window = windows[index]!;
    this.start = index * windowBytes;
    // An integer to the compiler too, which makes every address of the hot paths integer arithmetic.
    this.offset = (inRing - this.start) | 0;
  }

  /** Steps over a record of `bytes`. */
  advance(bytes: number): void {
    this.position += bytes;
    this.offset = (this.offset + bytes) | 0;
    if (this.offset >= this.storage.windowBytes) this.moveTo(this.position);
  }

  /** Whole bytes of the record here, or 0 if its length cannot be true. */
  recordBytes(): number {
    const length = this.window.getInt32(this.offset + LENGTH);
    return length > 0 && length <= this.storage.messageSizeMax ? recordBytes(length) : 0;
  }

  /** The sequence that the record here carries. */
  sequence(): number {
    return this.window.getFloat64(this.offset + SEQUENCE);
  }

  /** Index of the cell at the position, in the ring. */
  get cell(): number {
    return (this.start + this.offset) / CELL_BYTES;
  }

  /** Payload offset inside `window`. */
  get payloadOffset(): number {
    return this.offset + HEADER_BYTES;
  }
}
