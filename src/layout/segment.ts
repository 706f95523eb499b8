import { readSync } from 'node:fs';
import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import type { MappedBuffer } from '../memory/mapped-buffer.js';
import type { RecordCopy } from '../memory/record-copy.js';
import { SegmentMemory } from '../memory/segment-memory.js';
import { BusError } from '../platform/bus-error.js';
import { loadNative } from '../platform/load-native.js';
import { systemError } from '../platform/system-error.js';
import { agreementIn, putAgreement } from './agreement.js';
import { withCreationLock } from './creation-lock.js';
import { initializeControl, validateControl, type Origin } from './control-block.js';
import { ensureDirectory, segmentPath, unfinishedPath } from './directory.js';
import { differingKeys, fileBytes, segmentSizes, type ChannelShape } from './geometry.js';
import { openPrivateFile, removeFile } from './private-file.js';
import { CELL_BYTES, CONTROL, RECORD } from './schema.js';
import { recordBytes } from './record.js';

export interface SegmentOptions {
  /** Maps the ring read-only (consumers) or writable (producers). */
  readonly ringWritable: boolean;
  /** Where a new channel begins to count. */
  readonly origin?: Origin;
}

/** What there is to know of a segment's memory to work on it. */
export type WritableMemory = Pick<
  Segment,
  | 'channel'
  | 'capacity'
  | 'messageSizeMax'
  | 'control'
  | 'claims'
  | 'windows'
  | 'windowBytes'
  | 'scratch'
  | 'recordCopy'
>;

/**
 * One attachment to a channel's segment: an open file (which carries the endpoint's locks) and a mapping of it.
 *
 * Life of the file: built under the name `<channel>.ring.new` by one process at a time (a kernel lock serialises
 * creation, and falls free when its holder dies), renamed to `<channel>.ring` when it is complete, and never changed in
 * size. So whoever opens `<channel>.ring` finds a whole segment, and what a dead creator left is replaced by the next.
 */
export class Segment {
  readonly channel: string;
  readonly directory: string;
  readonly shape: ChannelShape;
  readonly capacity: number;
  readonly messageSizeMax: number;
  readonly control: MappedBuffer;
  readonly claims: MappedBuffer;
  readonly windows: readonly AtomicBuffer[];
  readonly windowBytes: number;
  readonly scratch: MappedBuffer;
  /** Open file description that carries this endpoint's locks. */
  readonly fd: number;
  /** Offsets of the slots whose tokens it holds: the kernel shows nobody what he holds himself. */
  readonly tokens = new Set<number>();
  private readonly memory: SegmentMemory;
  private readonly ringWritable: boolean;
  private readonly kept: number[] = [];
  private closed = false;

  private constructor(
    directory: string,
    shape: ChannelShape,
    fd: number,
    memory: SegmentMemory,
    ringWritable: boolean,
  ) {
    this.channel = shape.name;
    this.directory = directory;
    this.shape = shape;
    this.capacity = shape.capacity;
    this.messageSizeMax = shape.messageSizeMax;
    this.control = memory.control;
    this.claims = memory.claims;
    this.windows = memory.windows;
    this.windowBytes = memory.windowBytes;
    this.scratch = memory.scratch;
    this.fd = fd;
    this.memory = memory;
    this.ringWritable = ringWritable;
  }

  /** Attaches to a channel's segment, and creates it first if there is none. */
  static openOrCreate(directory: string, shape: ChannelShape, options: SegmentOptions): Segment {
    ensureDirectory(directory);
    const path = segmentPath(directory, shape.name);
    let fd = openPrivateFile(path);
    if (fd === undefined) {
      fd = withCreationLock(directory, shape.name, () => {
        const existing = openPrivateFile(path);
        if (existing !== undefined) return existing;
        createSegmentFile(directory, shape, options.origin ?? { position: 0, sequence: 0 });
        const created = openPrivateFile(path);
        if (created === undefined)
          throw new BusError('ERR_RESOURCES', `${path} was removed while it was being created`);
        return created;
      });
    }
    return Segment.attach(directory, path, fd, options.ringWritable, shape);
  }

  /** Attaches to a segment that must exist; undefined when there is none. Its own header says what it is. */
  static openExisting(directory: string, channel: string, options: SegmentOptions): Segment | undefined {
    const path = segmentPath(directory, channel);
    const fd = openPrivateFile(path);
    return fd === undefined ? undefined : Segment.attach(directory, path, fd, options.ringWritable, { name: channel });
  }

  private static attach(
    directory: string,
    path: string,
    fd: number,
    ringWritable: boolean,
    wanted: Partial<ChannelShape> & { name: string },
  ): Segment {
    const native = loadNative();
    try {
      const head = new DataView(new ArrayBuffer(CONTROL.bytes));
      readSync(fd, head, 0, CONTROL.bytes, 0);
      const shape = validateControl(head, native.fileSize(fd), path);
      const memory = mapSegment(fd, shape, ringWritable);
      const agreed = closedOnFailure(memory, () => {
        const found = { ...shape, agreement: agreementIn(memory.control, path) };
        checkAgreement(found, wanted, path);
        return found;
      });
      memory.setClockOffset(
        head.getInt32(CONTROL.at.clockOffsetNs, true),
        head.getInt32(CONTROL.at.clockOffsetNs + 4, true),
      );
      return new Segment(directory, agreed, fd, memory, ringWritable);
    } catch (error) {
      native.closeFile(fd);
      throw error;
    }
  }

  recordCopy(): RecordCopy {
    return this.memory.copy;
  }

  /** Whether the file still has a name: false once somebody removed it, so that newcomers make another one. */
  isLinked(): boolean {
    return loadNative().linkCount(this.fd) > 0;
  }

  /** Whether the file is shorter than it was made, so that a touch of what is missing ends the process. */
  isTruncated(): boolean {
    const { type, capacity } = this.shape;
    return loadNative().fileSize(this.fd) < fileBytes(segmentSizes(type, capacity));
  }

  /**
   * Runs `work` on this memory with a ring that can be stored to. Consumers map the ring read-only: for them it is a second
   * mapping of the same open file, so of the same segment and with the same locks, which ends when `work` does.
   */
  withWritableRing<Result>(work: (memory: WritableMemory) => Result): Result {
    if (this.ringWritable) return work(this);
    const { channel, capacity, messageSizeMax } = this;
    const memory = mapSegment(this.fd, this.shape, true);
    try {
      const { control, claims, windows, windowBytes, scratch, copy } = memory;
      const recordCopy = (): RecordCopy => copy;
      return work({ channel, capacity, messageSizeMax, control, claims, windows, windowBytes, scratch, recordCopy });
    } finally {
      memory.close();
    }
  }

  /** Has a descriptor closed with this attachment: after its locks are free. */
  keep(fd: number): void {
    this.kept.push(fd);
  }

  /** Ends the mapping and releases every lock that this attachment holds. Closing twice is nothing. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.memory.close();
    loadNative().closeFile(this.fd);
    for (const fd of this.kept) loadNative().closeFile(fd);
  }
}

function mapSegment(fd: number, shape: ChannelShape, ringWritable: boolean): SegmentMemory {
  const longest = recordBytes(shape.messageSizeMax) + CELL_BYTES;
  return new SegmentMemory(loadNative(), fd, segmentSizes(shape.type, shape.capacity), longest, ringWritable);
}

/** Builds a segment beside its final name and renames it when it is complete. The caller holds the creation lock. */
function createSegmentFile(directory: string, shape: ChannelShape, origin: Origin): void {
  const native = loadNative();
  const unfinished = unfinishedPath(directory, shape.name);
  const sizes = segmentSizes(shape.type, shape.capacity);
  removeFile(unfinished);
  const fd = native.createFile(unfinished);
  if (fd < 0) throw systemError(fd, `create ${unfinished}`, shape.name);
  try {
    const what = `take ${fileBytes(sizes)} bytes in ${directory} for channel ${shape.name}`;
    const allocated = native.allocate(fd, fileBytes(sizes));
    if (allocated < 0) throw systemError(allocated, what, shape.name);
    const memory = new SegmentMemory(native, fd, sizes, CELL_BYTES, true);
    putFirstSequence(memory, shape.capacity, origin);
    if (shape.agreement !== undefined) putAgreement(memory.control, shape.agreement, shape.name);
    initializeControl(memory, shape, origin);
    memory.close();
    const renamed = native.renameNoReplace(unfinished, segmentPath(directory, shape.name));
    if (renamed < 0) throw systemError(renamed, `name the segment of channel ${shape.name}`, shape.name);
  } catch (error) {
    removeFile(unfinished);
    throw error;
  } finally {
    native.closeFile(fd);
  }
}

/** The header at the tail of a single-producer ring carries the sequence of the record to come: here, of the first one. */
function putFirstSequence(memory: SegmentMemory, capacity: number, origin: Origin): void {
  const inRing = origin.position % capacity;
  const window = memory.windows[Math.floor(inRing / memory.windowBytes)]!;
  window.putFloat64((inRing % memory.windowBytes) + RECORD.at.sequence, origin.sequence);
}

function closedOnFailure<Result>(memory: SegmentMemory, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    memory.close();
    throw error;
  }
}

function checkAgreement(theirs: ChannelShape, ours: Partial<ChannelShape> & { name: string }, path: string): void {
  if (theirs.name !== ours.name) {
    const found = JSON.stringify(theirs.name);
    throw new BusError(
      'ERR_CORRUPT',
      `${path} says that it is channel ${found}; it was renamed or damaged. Remove the file`,
    );
  }
  for (const { key, theirs: found, ours: configured } of differingKeys(theirs, ours)) {
    throw new BusError(
      'ERR_CONFIG_MISMATCH',
      `channel ${ours.name}: ${key} is ${found} in the running channel, ${configured} in this configuration. ` +
        'Give all processes the same configuration; to change a channel, stop its processes and remove its segment',
      { channel: ours.name },
    );
  }
}
