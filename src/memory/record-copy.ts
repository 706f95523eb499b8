import type { AtomicBuffer } from './atomic-buffer.js';
import type { MappedBuffer } from './mapped-buffer.js';

/** Memory of one endpoint alone, for one record that was copied out of the ring. */
export interface RecordCopy {
  /** What handlers are given: the record starts at `offset`. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly offset: number;
  /** Copies `bytes` whole bytes of a window from `from` on, a multiple of 64. In no order: whoever needs one fences. */
  take(window: AtomicBuffer, from: number, bytes: number): void;
  /** Reads the copy; offsets are those inside the record. */
  getInt32(at: number): number;
  getFloat64(at: number): number;
}

/**
 * Copies into the scratch memory at the end of a mapping. It is part of the same ArrayBuffer as the ring, so that
 * `copyWithin` does it: a plain move of memory, and the only one that needs no view made for each record.
 *
 * The array that it works on begins in the middle of the ring and ends with the scratch memory, so that all its indices
 * are small integers (31 bits) in rings of up to 1 GiB: what stands in the first half of the ring is found in its mirror.
 * In larger rings words are copied one by one.
 */
export class ScratchRecordCopy implements RecordCopy {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly offset: number;
  private readonly around: Uint8Array | undefined;
  private readonly halfRing: number;
  private readonly target: number;
  private readonly scratch: MappedBuffer;

  /** `offset` is a multiple of 64 inside `scratch`, which stands right behind the mirror of the ring. */
  constructor(memory: ArrayBuffer, ringStart: number, ringBytes: number, scratch: MappedBuffer, offset: number) {
    this.scratch = scratch;
    this.bytes = scratch.bytes;
    this.view = scratch.view;
    this.offset = offset;
    this.halfRing = ringBytes / 2;
    this.target = 3 * this.halfRing + offset;
    const length = 3 * this.halfRing + scratch.byteLength;
    this.around = length < 2 ** 31 ? new Uint8Array(memory, ringStart + this.halfRing, length) : undefined;
  }

  take(window: AtomicBuffer, from: number, bytes: number): void {
    const { around, halfRing, target } = this;
    if (around === undefined) {
      this.takeWords(window, from, bytes);
      return;
    }
    const start = from >= halfRing ? from - halfRing : from + halfRing;
    around.copyWithin(target, start, start + bytes);
  }

  getInt32(at: number): number {
    return this.scratch.getInt32(this.offset + at);
  }

  getFloat64(at: number): number {
    return this.scratch.getFloat64(this.offset + at);
  }

  /** Integers: doubles could be changed on the way, some of those that are no numbers. */
  private takeWords(window: AtomicBuffer, from: number, bytes: number): void {
    const { scratch, offset } = this;
    for (let at = 0; at < bytes; at += 8) {
      scratch.putInt32(offset + at, window.getInt32(from + at));
      scratch.putInt32(offset + at + 4, window.getInt32(from + at + 4));
    }
  }
}
