import { systemError } from '../platform/system-error.js';
import type { Native } from '../platform/native.js';
import { MappedBuffer } from './mapped-buffer.js';
import { ScratchRecordCopy, type RecordCopy } from './record-copy.js';

/** Rings up to this size are one window: offsets inside a window always fit a small integer (31 bits). */
export const WINDOW_BYTES_MAX = 2 ** 30;

/** Regions begin at multiples of this: enough for every page size in use on x86-64 and arm64. */
export const REGION_ALIGNMENT = 65_536;

/** Where the copy of a record stands in the private scratch memory that ends every mapping; before it, clock readings. */
const COPY_OFFSET = 128;

/** The sizes of the three shared regions of a segment, in bytes; each a multiple of {@link REGION_ALIGNMENT}. */
export interface SegmentSizes {
  readonly control: number;
  readonly claims: number;
  readonly ring: number;
}

/** Private memory of each mapping: room for a copy of the longest record. It takes pages as they are first used. */
export function scratchBytesFor(recordBytesMax: number): number {
  return Math.ceil((COPY_OFFSET + recordBytesMax) / REGION_ALIGNMENT) * REGION_ALIGNMENT;
}

/**
 * One mapping of a segment: `[control | claims | ring | ring again | scratch]`, wrapped once.
 *
 * The ring is mapped twice, back to back, so that every record is contiguous wherever it starts. It is seen through
 * windows of at most 1 GiB, each of which goes on beyond its end far enough for the longest record.
 */
export class SegmentMemory {
  readonly control: MappedBuffer;
  /** Claim words of a multi-producer ring; empty for the others. */
  readonly claims: MappedBuffer;
  readonly windows: readonly MappedBuffer[];
  /** Bytes of ring per window: a power of two. */
  readonly windowBytes: number;
  /** Private to this mapping: where the consumer's own clock readings go, and records that it copies. */
  readonly scratch: MappedBuffer;
  readonly copy: RecordCopy;
  private readonly native: Native;
  private readonly mapping: number;
  private readonly headBytes: number;
  private readonly ringBytes: number;

  constructor(native: Native, fd: number, sizes: SegmentSizes, recordBytesMax: number, ringWritable: boolean) {
    this.native = native;
    const scratchBytes = scratchBytesFor(recordBytesMax);
    const { control, claims, ring } = sizes;
    this.mapping = check(native.map(fd, control, claims, ring, scratchBytes, ringWritable), 'map the segment');
    const memory = native.buffer(this.mapping);
    const ringStart = sizes.control + sizes.claims;
    this.headBytes = ringStart;
    this.ringBytes = ring;
    this.windowBytes = Math.min(sizes.ring, WINDOW_BYTES_MAX);
    this.control = this.range(memory, 0, sizes.control);
    this.claims = this.range(memory, sizes.control, sizes.claims);
    const windows: MappedBuffer[] = [];
    for (let start = 0; start < sizes.ring; start += this.windowBytes) {
      windows.push(this.range(memory, ringStart + start, this.windowBytes + recordBytesMax));
    }
    this.windows = windows;
    this.scratch = this.range(memory, ringStart + 2 * ring, scratchBytes);
    this.copy = new ScratchRecordCopy(memory, ringStart, ring, this.scratch, COPY_OFFSET);
  }

  /** Gives the mapping the epoch offset that its clock stamps add (halves of an i64, ns). */
  setClockOffset(low: number, high: number): void {
    check(this.native.setClockOffset(this.mapping, low, high), 'set the clock offset');
  }

  /** Binds the pages of the file that are taken from now on to a NUMA node. 0, or a negative errno. */
  bindNode(node: number): number {
    return this.native.bindNode(this.mapping, 0, this.headBytes + this.ringBytes, node);
  }

  /** Asks for transparent huge pages, and takes all pages of the file in that way. 0, or a negative errno. */
  takeHugePages(): number {
    const bytes = this.headBytes + this.ringBytes;
    const asked = this.native.wantHugePages(this.mapping, 0, bytes);
    return asked < 0 ? asked : this.native.populate(this.mapping, 0, bytes);
  }

  /** Makes all pages present in this mapping, the ring's at both its places. 0, or a negative errno. */
  prefault(): number {
    const head = this.native.populate(this.mapping, 0, this.headBytes);
    return head < 0 ? head : this.native.populate(this.mapping, this.headBytes, 2 * this.ringBytes);
  }

  /** Locks all pages in memory for as long as this mapping lives; once, though the ring is mapped twice. 0, or a negative errno. */
  lock(): number {
    return this.native.lockPages(this.mapping, 0, this.headBytes + this.ringBytes);
  }

  /** Ends the mapping; views that somebody kept read zeros from now on. */
  close(): void {
    this.native.unmap(this.mapping);
  }

  private range(memory: ArrayBuffer, start: number, length: number): MappedBuffer {
    const region = check(this.native.region(this.mapping, start, length), 'register a region of the segment');
    return new MappedBuffer(this.native, region, memory, start, length);
  }
}

function check(result: number, what: string): number {
  if (result < 0) throw systemError(result, what);
  return result;
}
