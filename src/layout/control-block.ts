import { readFileSync } from 'node:fs';
import type { MappedBuffer } from '../memory/mapped-buffer.js';
import type { SegmentMemory } from '../memory/segment-memory.js';
import { BusError } from '../platform/bus-error.js';
import {
  CAPACITY_MAX,
  CAPACITY_MIN,
  channelTypeOf,
  fileBytes,
  isRegionBytes,
  modeOf,
  segmentSizes,
  type ChannelShape,
} from './geometry.js';
import { messageSizeLimit } from './record.js';
import {
  BackpressureModeCode,
  CELL_BYTES,
  CONSUMER_SLOTS,
  CONTROL,
  ChannelTypeCode,
  LAYOUT_HASH,
  LAYOUT_VERSION,
  MAGIC,
  NAME_BYTES,
  PRODUCER_SLOTS,
  SegmentFlag,
  SegmentState,
} from './schema.js';

const { at } = CONTROL;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Where a channel begins to count; 0, 0 but for tests of what happens after years of traffic. */
export interface Origin {
  readonly position: number;
  readonly sequence: number;
}

/** What the creator of a segment got. */
export interface SegmentGrants {
  /** Regions start and end at multiples of this: 64 KiB, or the size of a huge page. */
  readonly regionBytes: number;
  /** Bits of `MemoryGrant`. */
  readonly granted: number;
  /** The NUMA node to which the pages are bound; -1: none. */
  readonly numaNode: number;
}

/** Fills the control block of a new, zeroed segment; READY is the last store. */
export function initializeControl(
  memory: SegmentMemory,
  shape: ChannelShape,
  origin: Origin,
  grants: SegmentGrants,
): void {
  const { control } = memory;
  const { view } = control;
  const sizes = segmentSizes(shape.type, shape.capacity, grants.regionBytes);
  view.setUint32(at.magic, MAGIC, true);
  view.setUint32(at.layoutVersion, LAYOUT_VERSION, true);
  view.setUint32(at.layoutHash, LAYOUT_HASH, true);
  view.setUint32(at.channelType, ChannelTypeCode[shape.type], true);
  view.setBigUint64(at.capacity, BigInt(shape.capacity), true);
  view.setUint32(at.messageSizeMax, shape.messageSizeMax, true);
  view.setUint32(at.backpressureMode, BackpressureModeCode[shape.mode ?? 'BlockProducer'], true);
  view.setUint32(at.cellBytes, CELL_BYTES, true);
  view.setBigUint64(at.claimsOffset, BigInt(sizes.control), true);
  view.setBigUint64(at.ringOffset, BigInt(sizes.control + sizes.claims), true);
  view.setBigUint64(at.fileBytes, BigInt(fileBytes(sizes)), true);
  control.putClockOffset(at.clockOffsetNs);
  memory.setClockOffset(control.getInt32(at.clockOffsetNs), control.getInt32(at.clockOffsetNs + 4));
  control.stamp(at.createdNs);
  view.setUint32(at.creatorPid, process.pid, true);
  view.setUint32(at.producerSlots, PRODUCER_SLOTS, true);
  view.setUint32(at.consumerSlots, CONSUMER_SLOTS, true);
  control.bytes.set(bootId(), at.bootId);
  putName(control, at.channelName, shape.name);
  control.putFloat64(at.originPosition, origin.position);
  control.putFloat64(at.originSequence, origin.sequence);
  control.putFloat64(at.oldest, origin.position);
  control.putFloat64(at.tailPosition, origin.position);
  control.putInt32(at.tail, (origin.position / CELL_BYTES) | 0);
  control.putInt32(at.tail + 4, origin.sequence | 0);
  view.setUint32(at.regionBytes, grants.regionBytes, true);
  view.setUint32(at.memoryGrants, grants.granted, true);
  view.setInt32(at.numaNode, grants.numaNode, true);
  control.storeVolatile(at.state, SegmentState.READY);
}

/**
 * Checks the head of a segment file before anything of it is mapped or believed, and returns what it says of itself.
 * `actualBytes` is the size of the file.
 */
export function validateControl(head: DataView, actualBytes: number, path: string): ChannelShape {
  const damaged = (found: string): BusError =>
    new BusError('ERR_CORRUPT', `${path} ${found}. Remove the file; the channel is then created anew`);
  if (actualBytes < CONTROL.bytes) throw damaged(`has ${actualBytes} bytes, too few for a segment`);
  const magic = head.getUint32(at.magic, true);
  if (magic !== MAGIC)
    throw damaged(`is not a segment of this bus: it starts with 0x${magic.toString(16)}, not 0x414c5048`);
  checkVersion(head, path);
  if (head.getInt32(at.state, true) !== SegmentState.READY) throw damaged('was never completed by its creator');
  const flags = head.getUint32(at.flags, true);
  if ((flags & SegmentFlag.CAPTURED) === 0) checkBoot(head, path);
  const code = head.getUint32(at.channelType, true);
  const type = channelTypeOf(code);
  if (type === undefined) throw damaged(`has channel type ${code}; expected 1 to 4`);
  if ((flags & ~SegmentFlag.CAPTURED) !== 0)
    throw damaged(`has flags 0x${flags.toString(16)} that this version does not know`);
  const capacity = Number(head.getBigUint64(at.capacity, true));
  if (capacity < CAPACITY_MIN || capacity > CAPACITY_MAX || !Number.isInteger(Math.log2(capacity))) {
    throw damaged(`has a ring of ${capacity} bytes; expected a power of two from 64 KiB to 16 GiB`);
  }
  const messageSizeMax = head.getUint32(at.messageSizeMax, true);
  if (messageSizeMax < 1 || messageSizeMax > messageSizeLimit(capacity)) {
    throw damaged(
      `allows messages of ${messageSizeMax} bytes in a ring of ${capacity}; at most an eighth of it can be`,
    );
  }
  const { regionBytes } = grantsIn(head);
  if (!isRegionBytes(regionBytes, capacity)) {
    throw damaged(
      `has regions at multiples of ${regionBytes} bytes; expected 64 KiB, or huge pages that its ring fills`,
    );
  }
  checkPlaces(head, actualBytes, segmentSizes(type, capacity, regionBytes), damaged);
  const modeCode = head.getUint32(at.backpressureMode, true);
  const mode = modeOf(modeCode);
  if (mode === undefined) throw damaged(`has backpressure mode ${modeCode}; expected 0 to 4`);
  return { name: nameAt(head, at.channelName), type, capacity, messageSizeMax, mode };
}

/** What a control block says of its memory. */
export function grantsIn(head: DataView): SegmentGrants {
  return {
    regionBytes: head.getUint32(at.regionBytes, true),
    granted: head.getUint32(at.memoryGrants, true),
    numaNode: head.getInt32(at.numaNode, true),
  };
}

function checkVersion(head: DataView, path: string): void {
  const version = head.getUint32(at.layoutVersion, true);
  const hash = head.getUint32(at.layoutHash, true);
  if (version === LAYOUT_VERSION && hash === LAYOUT_HASH) return;
  const [theirs, ours] = [hash.toString(16), LAYOUT_HASH.toString(16)];
  throw new BusError(
    'ERR_LAYOUT_MISMATCH',
    version === LAYOUT_VERSION
      ? `${path} was made by another build of this package: both say layout version ${version}, but its places are others ` +
          `(hash ${theirs}, this build has ${ours}). Install the same build in all processes: one release, or one ` +
          'commit; or stop them all and remove the file'
      : `${path} has layout version ${version} (hash ${theirs}), this package has version ${LAYOUT_VERSION} (hash ${ours}). ` +
          'Use the same package version in all processes; or stop them all and remove the file',
  );
}

function checkBoot(head: DataView, path: string): void {
  const theirs = Buffer.from(head.buffer, head.byteOffset + at.bootId, 16).toString('hex');
  const ours = Buffer.from(bootId()).toString('hex');
  if (theirs === ours || /^0*$/.test(theirs) || /^0*$/.test(ours)) return;
  throw new BusError(
    'ERR_LAYOUT_MISMATCH',
    `${path} is left from an earlier boot of this machine (boot ${theirs}, now ${ours}): nobody can be using it. Remove the file`,
  );
}

function checkPlaces(
  head: DataView,
  actualBytes: number,
  sizes: ReturnType<typeof segmentSizes>,
  damaged: (found: string) => BusError,
): void {
  const claims = Number(head.getBigUint64(at.claimsOffset, true));
  const ring = Number(head.getBigUint64(at.ringOffset, true));
  const whole = Number(head.getBigUint64(at.fileBytes, true));
  const expected = fileBytes(sizes);
  if (claims !== sizes.control || ring !== sizes.control + sizes.claims || whole !== expected) {
    throw damaged(
      `says claims at ${claims}, ring at ${ring}, ${whole} bytes in all; its type and capacity make ${expected}`,
    );
  }
  if (actualBytes < expected) throw damaged(`has ${actualBytes} bytes, its header says ${expected}`);
  const cell = head.getUint32(at.cellBytes, true);
  if (cell !== CELL_BYTES) throw damaged(`has cells of ${cell} bytes; expected ${CELL_BYTES}`);
  const slots = `${head.getUint32(at.producerSlots, true)}/${head.getUint32(at.consumerSlots, true)}`;
  if (slots !== `${PRODUCER_SLOTS}/${CONSUMER_SLOTS}`) {
    throw damaged(`has ${slots} producer/consumer slots; expected ${PRODUCER_SLOTS}/${CONSUMER_SLOTS}`);
  }
}

/** Writes a name, cut at a character boundary to what fits, zero-terminated. */
export function putName(buffer: MappedBuffer, offset: number, name: string): void {
  const field = buffer.bytes.subarray(offset, offset + NAME_BYTES);
  field.fill(0);
  encoder.encodeInto(name, field.subarray(0, NAME_BYTES - 1));
}

export function nameAt(view: DataView, offset: number): string {
  const field = new Uint8Array(view.buffer, view.byteOffset + offset, NAME_BYTES);
  const end = field.indexOf(0);
  return decoder.decode(field.slice(0, end < 0 ? NAME_BYTES : end));
}

let boot: Uint8Array | undefined;

/** The kernel's id of this boot; zeros where it cannot be read. */
export function bootId(): Uint8Array {
  if (boot !== undefined) return boot;
  try {
    // as UTF-8, which Node.js reads in one call: a millisecond less of each attach
    boot = Buffer.from(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').replaceAll('-', '').trim(), 'hex');
  } catch {
    boot = new Uint8Array(16);
  }
  return boot;
}
