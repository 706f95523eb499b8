import { ftruncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { REGION_ALIGNMENT, SegmentMemory } from '../memory/segment-memory.js';
import { BusError } from '../platform/bus-error.js';
import { loadNative } from '../platform/load-native.js';
import { errnoName, systemError } from '../platform/system-error.js';
import { putAgreement } from './agreement.js';
import { initializeControl, type Origin } from './control-block.js';
import { segmentPath, unfinishedPath } from './directory.js';
import { fileBytes, segmentSizes, type ChannelShape } from './geometry.js';
import { hugePageRefusal, noHugePool, noNode, noTransparentPages } from './memory-refusals.js';
import { transparentHugeBytes, writableHugeMount } from './huge-mounts.js';
import { notGranted, type Refusal } from './memory-report.js';
import type { MemorySettings } from './memory-settings.js';
import { removeFile } from './private-file.js';
import { CELL_BYTES, MemoryGrant, RECORD } from './schema.js';
import { makeHugePlace, putSignpost, removeSignpost } from './segment-place.js';

/** Why the creator of a segment did not get what it asked for; empty when it got everything. */
export interface CreationRefusals {
  readonly hugePages?: Refusal;
  readonly numa?: Refusal;
}

interface Plan {
  readonly path: string;
  readonly unfinished: string;
  readonly regionBytes: number;
  readonly shape: ChannelShape;
  readonly origin: Origin;
  readonly memory: MemorySettings;
}

/**
 * Creates the segment of a channel: in huge pages if they are asked for and to be had, else in the directory. The caller
 * holds the creation lock.
 *
 * @throws BusError `ERR_HUGE_PAGES`, `ERR_NUMA` where something is not granted and its fallback is `fail`; no file is left
 */
export function createSegment(
  directory: string,
  shape: ChannelShape,
  origin: Origin,
  memory: MemorySettings,
): CreationRefusals {
  const common = { shape, origin, memory };
  const huge = memory.hugePages ? createInHugePages(directory, common) : undefined;
  if (huge !== undefined && !('reason' in huge)) return huge;
  removeSignpost(directory, shape.name);
  const path = segmentPath(directory, shape.name);
  const unfinished = unfinishedPath(directory, shape.name);
  return build({ ...common, path, unfinished, regionBytes: REGION_ALIGNMENT }, huge);
}

/** Answers the refusal when hugetlbfs cannot hold the segment: the next best is tried then. */
function createInHugePages(
  directory: string,
  common: Pick<Plan, 'shape' | 'origin' | 'memory'>,
): CreationRefusals | Refusal {
  const { shape, memory } = common;
  const refusal = hugePageRefusal(shape, memory.hugePageBytes);
  if (refusal !== undefined) return refusal;
  const mount = writableHugeMount(memory.hugePageBytes)!;
  try {
    const path = makeHugePlace(mount, directory, shape.name);
    putSignpost(directory, shape.name, path);
    return build({ ...common, path, unfinished: `${path}.new`, regionBytes: memory.hugePageBytes }, undefined);
  } catch (error) {
    if (!BusError.is(error) || error.code === 'ERR_NUMA') throw error;
    if (error.code === 'ERR_STORAGE_SPACE') return noHugePool(shape, memory.hugePageBytes);
    return { reason: error.message, mend: `see that this user can make folders in ${mount}` };
  }
}

/** Builds a segment beside its final name and renames it when it is complete. */
function build(plan: Plan, noHuge: Refusal | undefined): CreationRefusals {
  const native = loadNative();
  const { path, unfinished, shape, origin, memory, regionBytes } = plan;
  removeFile(unfinished);
  const fd = native.createFile(unfinished);
  if (fd < 0) throw systemError(fd, `create ${unfinished}`, shape.name);
  try {
    const sizes = segmentSizes(shape.type, shape.capacity, regionBytes);
    const isSpecial = memory.numaNode !== undefined || noHuge !== undefined;
    // pages go where the file is told to have them only if it is told before they are taken
    if (isSpecial) ftruncateSync(fd, fileBytes(sizes));
    const early = isSpecial ? new SegmentMemory(native, fd, sizes, CELL_BYTES, true) : undefined;
    const numa = early === undefined ? undefined : bindTo(early, plan);
    const transparent = noHuge === undefined || early === undefined ? undefined : takeTransparent(early, plan, noHuge);
    const allocated = native.allocate(fd, fileBytes(sizes));
    if (allocated < 0)
      throw systemError(
        allocated,
        `take ${fileBytes(sizes)} bytes in ${dirname(path)} for channel ${shape.name}`,
        shape.name,
      );
    const mapped = early ?? new SegmentMemory(native, fd, sizes, CELL_BYTES, true);
    putFirstSequence(mapped, shape.capacity, origin);
    if (shape.agreement !== undefined) putAgreement(mapped.control, shape.agreement, shape.name);
    const isBound = memory.numaNode !== undefined && numa === undefined;
    initializeControl(mapped, shape, origin, {
      regionBytes,
      granted: (isBound ? MemoryGrant.NUMA_NODE : 0) | hugeGrant(plan, noHuge, transparent),
      numaNode: isBound ? memory.numaNode : -1,
    });
    mapped.close();
    const renamed = native.renameNoReplace(unfinished, path);
    if (renamed < 0) throw systemError(renamed, `name the segment of channel ${shape.name}`, shape.name);
    return { ...(transparent && { hugePages: transparent }), ...(numa && { numa }) };
  } catch (error) {
    removeFile(unfinished);
    throw error;
  } finally {
    native.closeFile(fd);
  }
}

function hugeGrant({ regionBytes }: Plan, noHuge: Refusal | undefined, transparent: Refusal | undefined): number {
  if (regionBytes > REGION_ALIGNMENT) return MemoryGrant.HUGE_PAGES;
  return noHuge !== undefined && transparent === undefined ? MemoryGrant.TRANSPARENT_HUGE_PAGES : 0;
}

function bindTo(mapped: SegmentMemory, { shape, memory }: Plan): Refusal | undefined {
  if (memory.numaNode === undefined) return undefined;
  const bound = mapped.bindNode(memory.numaNode);
  if (bound >= 0) return undefined;
  const refusal = noNode(memory.numaNode, errnoName(bound));
  notGranted('numa', refusal, memory, shape.name);
  return refusal;
}

/** Not all of a file is whole huge pages: what counts is that the ring is, but for its ends. */
function takeTransparent(mapped: SegmentMemory, plan: Plan, noHuge: Refusal): Refusal | undefined {
  const { shape, memory, unfinished } = plan;
  // a refusal shows in what was got, and a lack of space in what is allocated next
  mapped.takeHugePages();
  if (transparentHugeBytes(unfinished) >= shape.capacity / 2) return undefined;
  const refusal = noTransparentPages(unfinished, noHuge);
  notGranted('hugePages', refusal, memory, shape.name);
  return refusal;
}

/** The header at the tail of a single-producer ring carries the sequence of the record to come: here, of the first one. */
function putFirstSequence(memory: SegmentMemory, capacity: number, origin: Origin): void {
  const inRing = origin.position % capacity;
  const window = memory.windows[Math.floor(inRing / memory.windowBytes)]!;
  window.putFloat64((inRing % memory.windowBytes) + RECORD.at.sequence, origin.sequence);
}
