import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { putMoment, type CapturedMoment } from '../../layout/captured-moment.js';
import { nameAt, validateControl } from '../../layout/control-block.js';
import { segmentPath } from '../../layout/directory.js';
import { channelTypeOf, fileBytes, segmentSizes, type ChannelShape } from '../../layout/geometry.js';
import { CELL_BYTES, CONTROL, RECORD, SegmentFlag } from '../../layout/schema.js';
import { REGION_ALIGNMENT, type SegmentSizes } from '../../memory/segment-memory.js';
import { BusError } from '../../platform/bus-error.js';
import { isSequence } from '../../ring/shared-tail.js';
import type { Place } from '../../ring/record-consumer.js';
import { controlBytes } from './captured-control.js';
import type { ChannelFacts } from './format.js';

const { at } = CONTROL;

/**
 * A channel of a capture as a segment file: sparse, of ordinary pages, and with nothing in its ring but what was captured.
 * It says of itself that it is captured, and of which moment.
 */
export class UnfoldedSegment implements Disposable {
  readonly shape: ChannelShape;
  readonly path: string;
  private readonly fd: number;
  private readonly control: Uint8Array;
  private readonly sizes: SegmentSizes;
  private readonly source: string;
  private isWhole = false;

  /** `control` is a captured control region; everything that it says is checked. `source`: the capture, for errors. */
  constructor(directory: string, control: Uint8Array, source: string) {
    this.source = source;
    this.control = control.slice();
    const view = new DataView(this.control.buffer);
    if (control.length < CONTROL.bytes) throw this.damaged(`has ${control.length} bytes`);
    const name = nameAt(view, at.channelName);
    if (!/^[\w.-]+$/.test(name) || name.startsWith('.')) throw this.damaged(`says that it is ${JSON.stringify(name)}`);
    const capacity = Number(view.getBigUint64(at.capacity, true));
    // pages of their own size are of no use here, and are checked with the rest as ordinary ones
    const regionBytes = view.getUint32(at.regionBytes, true);
    view.setUint32(at.flags, SegmentFlag.CAPTURED, true);
    view.setUint32(at.regionBytes, REGION_ALIGNMENT, true);
    const type = channelTypeOf(view.getUint32(at.channelType, true));
    if (type === undefined || !Number.isInteger(Math.log2(capacity))) throw this.damaged('has no type, or no ring');
    this.sizes = segmentSizes(type, capacity);
    putPlaces(view, this.sizes);
    this.path = segmentPath(directory, name);
    this.shape = validateControl(view, Infinity, `channel ${name} of ${source}`);
    if (control.length !== controlBytes(this.shape.type)) throw this.damaged(`has ${control.length} bytes`);
    if (regionBytes < REGION_ALIGNMENT) throw this.damaged(`has regions of ${regionBytes} bytes`);
    this.fd = openSync(this.path, 'wx', 0o600);
    ftruncateSync(this.fd, fileBytes(this.sizes));
  }

  /** @throws BusError `ERR_CORRUPT` for what is not of this channel's ring */
  putClaims(position: number, words: Uint8Array): void {
    this.checkRange(position, words.length * (CELL_BYTES / 8), this.sizes.claims > 0 && words.length % 8 === 0);
    const offset = ((position % this.shape.capacity) / CELL_BYTES) * 8;
    this.write(words, this.sizes.control + offset);
  }

  putRing(position: number, bytes: Uint8Array): void {
    this.checkRange(position, bytes.length, bytes.length % CELL_BYTES === 0);
    this.write(bytes, this.ringOffset(position));
  }

  /** Makes it whole: from here on it can be opened. */
  finish(facts: ChannelFacts, moment: CapturedMoment): void {
    const { front, tail } = facts;
    const { capacity } = this.shape;
    const isPlaced = [front, tail].every(isPlace) && tail.position - front.position <= capacity;
    if (!isPlaced || facts.name !== this.shape.name || tail.position < front.position)
      throw this.damaged('ends with places that cannot be');
    const view = new DataView(this.control.buffer);
    view.setFloat64(at.oldest, front.position, true);
    view.setFloat64(at.tailPosition, tail.position, true);
    view.setInt32(at.tail, (tail.position / CELL_BYTES) | 0, true);
    view.setInt32(at.tail + 4, tail.sequence | 0, true);
    putMoment(this.control, moment);
    // a single producer's header at the tail has the sequence of the record to come; so has the oldest place when it is there
    if (tail.position - front.position < capacity) this.putEnd(tail);
    this.write(this.control, 0);
    this.isWhole = true;
  }

  /** What was not finished is removed: the channel could not be captured. */
  [Symbol.dispose](): void {
    closeSync(this.fd);
    if (!this.isWhole) rmSync(this.path, { force: true });
  }

  private putEnd({ position, sequence }: Place): void {
    const header = new Uint8Array(RECORD.bytes);
    new DataView(header.buffer).setFloat64(RECORD.at.sequence, sequence, true);
    this.write(header, this.ringOffset(position));
  }

  private ringOffset(position: number): number {
    return this.sizes.control + this.sizes.claims + (position % this.shape.capacity);
  }

  private checkRange(position: number, ringBytes: number, isWhole: boolean): void {
    const isIn = position >= 0 && position % CELL_BYTES === 0;
    if (isIn && isWhole && (position % this.shape.capacity) + ringBytes <= this.shape.capacity) return;
    throw this.damaged(`has ${ringBytes} bytes at position ${position}, which its ring cannot hold`);
  }

  private write(bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.fd, bytes, done, bytes.length - done, offset + done);
    }
  }

  private damaged(found: string): BusError {
    return new BusError('ERR_CORRUPT', `${this.source} is damaged: a channel in it ${found}`);
  }
}

function putPlaces(view: DataView, sizes: SegmentSizes): void {
  view.setBigUint64(at.claimsOffset, BigInt(sizes.control), true);
  view.setBigUint64(at.ringOffset, BigInt(sizes.control + sizes.claims), true);
  view.setBigUint64(at.fileBytes, BigInt(fileBytes(sizes)), true);
}

function isPlace({ position, sequence }: Place): boolean {
  return Number.isInteger(position) && position >= 0 && position % CELL_BYTES === 0 && isSequence(sequence);
}
