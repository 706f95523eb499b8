import { readSync } from 'node:fs';
import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import type { MappedBuffer } from '../memory/mapped-buffer.js';
import type { RecordCopy } from '../memory/record-copy.js';
import { SegmentMemory } from '../memory/segment-memory.js';
import { BusError } from '../platform/bus-error.js';
import { loadNative } from '../platform/load-native.js';
import { agreementIn, shownValue } from './agreement.js';
import { withCreationLock } from './creation-lock.js';
import { prepareMemory } from './attached-memory.js';
import { grantsIn, validateControl, type Origin, type SegmentGrants } from './control-block.js';
import { momentIn, refuseCaptured, type CapturedMoment } from './captured-moment.js';
import { ensureDirectory } from './directory.js';
import { differingKeys, fileBytes, segmentSizes, type ChannelShape } from './geometry.js';
import type { MemoryReport } from './memory-report.js';
import { ORDINARY_MEMORY, type MemorySettings } from './memory-settings.js';
import { openPrivateFile } from './private-file.js';
import { CONTROL } from './schema.js';
import { createSegment, type CreationRefusals } from './segment-file.js';
import { locateSegment } from './segment-place.js';
import { longestRead } from './record.js';

export interface SegmentOptions {
  /** Maps the ring read-only (consumers) or writable (producers). */
  readonly ringWritable: boolean;
  /** Where a new channel begins to count. */
  readonly origin?: Origin;
  /** How its memory is asked for; default: ordinary pages. */
  readonly memory?: MemorySettings;
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
  /** What the creator of the segment got. */
  readonly grants: SegmentGrants;
  /** What this attachment got of what it asked for. */
  readonly memoryReport: MemoryReport;
  /** Of a segment that was unfolded from a capture: everything about it is as of then. Undefined: it is live. */
  readonly moment: CapturedMoment | undefined;
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
    grants: SegmentGrants,
    memoryReport: MemoryReport,
    moment: CapturedMoment | undefined,
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
    this.grants = grants;
    this.memoryReport = memoryReport;
    this.moment = moment;
  }

  /** Attaches to a channel's segment, and creates it first if there is none. */
  static openOrCreate(directory: string, shape: ChannelShape, options: SegmentOptions): Segment {
    ensureDirectory(directory);
    const { memory = ORDINARY_MEMORY, origin = { position: 0, sequence: 0 } } = options;
    let refusals: CreationRefusals = {};
    let path = locateSegment(directory, shape.name);
    let fd = openPrivateFile(path);
    if (fd === undefined) {
      fd = withCreationLock(directory, shape.name, () => {
        path = locateSegment(directory, shape.name);
        const existing = openPrivateFile(path);
        if (existing !== undefined) return existing;
        refusals = createSegment(directory, shape, origin, memory);
        path = locateSegment(directory, shape.name);
        const created = openPrivateFile(path);
        if (created === undefined)
          throw new BusError('ERR_RESOURCES', `${path} was removed while it was being created`);
        return created;
      });
    }
    const segment = Segment.attach(directory, path, fd, options.ringWritable, shape, memory, refusals);
    if (segment.moment === undefined) return segment;
    segment.close();
    throw refuseCaptured(path, shape.name);
  }

  /** Attaches to a segment that must exist; undefined when there is none. Its own header says what it is. */
  static openExisting(directory: string, channel: string, options: SegmentOptions): Segment | undefined {
    const path = locateSegment(directory, channel);
    const fd = openPrivateFile(path);
    if (fd === undefined) return undefined;
    const { ringWritable, memory = ORDINARY_MEMORY } = options;
    return Segment.attach(directory, path, fd, ringWritable, { name: channel }, memory, {});
  }

  private static attach(
    directory: string,
    path: string,
    fd: number,
    ringWritable: boolean,
    wanted: Partial<ChannelShape> & { name: string },
    asked: MemorySettings,
    refusals: CreationRefusals,
  ): Segment {
    const native = loadNative();
    let memory: SegmentMemory | undefined;
    try {
      const head = new DataView(new ArrayBuffer(CONTROL.bytes));
      readSync(fd, head, 0, CONTROL.bytes, 0);
      const shape = validateControl(head, native.fileSize(fd), path);
      const grants = grantsIn(head);
      memory = mapSegment(fd, shape, grants, ringWritable);
      const agreed = { ...shape, agreement: agreementIn(memory.control, path) };
      checkAgreement(agreed, wanted, path);
      memory.setClockOffset(
        head.getInt32(CONTROL.at.clockOffsetNs, true),
        head.getInt32(CONTROL.at.clockOffsetNs + 4, true),
      );
      const report = prepareMemory(memory, agreed, grants, asked, refusals);
      return new Segment(directory, agreed, fd, memory, ringWritable, grants, report, momentIn(memory.control, path));
    } catch (error) {
      memory?.close();
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

  /** Size of the whole file. */
  get bytes(): number {
    const { type, capacity } = this.shape;
    return fileBytes(segmentSizes(type, capacity, this.grants.regionBytes));
  }

  /** Whether the file is shorter than it was made, so that a touch of what is missing ends the process. */
  isTruncated(): boolean {
    return loadNative().fileSize(this.fd) < this.bytes;
  }

  /**
   * Runs `work` on this memory with a ring that can be stored to. Consumers map the ring read-only: for them it is a second
   * mapping of the same open file, so of the same segment and with the same locks, which ends when `work` does.
   */
  withWritableRing<Result>(work: (memory: WritableMemory) => Result): Result {
    if (this.ringWritable) return work(this);
    const { channel, capacity, messageSizeMax } = this;
    const memory = mapSegment(this.fd, this.shape, this.grants, true);
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

function mapSegment(
  fd: number,
  shape: ChannelShape,
  { regionBytes }: SegmentGrants,
  ringWritable: boolean,
): SegmentMemory {
  const sizes = segmentSizes(shape.type, shape.capacity, regionBytes);
  return new SegmentMemory(loadNative(), fd, sizes, longestRead(shape.messageSizeMax), ringWritable);
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
      `channel ${ours.name}: ${key} is ${shownValue(found)} in the running channel, ${shownValue(configured)} in this ` +
        'configuration. Give all processes the same configuration; to change a channel, stop its processes and remove its segment',
      { channel: ours.name },
    );
  }
}
