import { REGION_ALIGNMENT, type SegmentMemory } from '../memory/segment-memory.js';
import { errnoName } from '../platform/system-error.js';
import type { SegmentGrants } from './control-block.js';
import { fileBytes, segmentSizes, type ChannelShape } from './geometry.js';
import { notFromCreator, notLocked, notPrefaulted } from './memory-refusals.js';
import { NOT_ASKED, granted, notGranted, type MemoryOutcome, type MemoryReport } from './memory-report.js';
import { ORDINARY_MEMORY, type MemorySettings } from './memory-settings.js';
import { MemoryGrant } from './schema.js';
import type { CreationRefusals } from './segment-file.js';

const REPORT_OF_NOTHING: MemoryReport = { hugePages: NOT_ASKED, numa: NOT_ASKED, prefault: NOT_ASKED, lock: NOT_ASKED };

const ANEW = 'stop the processes of the channel and remove its segment, so that it is made anew';

/**
 * Does what an attachment asks for its own mapping, and says what became of everything it asks.
 *
 * @throws BusError where something is not granted and its fallback is `fail`
 */
export function prepareMemory(
  mapped: SegmentMemory,
  shape: ChannelShape,
  grants: SegmentGrants,
  memory: MemorySettings,
  refusals: CreationRefusals,
): MemoryReport {
  if (memory === ORDINARY_MEMORY) return REPORT_OF_NOTHING;
  return {
    hugePages: memory.hugePages ? hugePages(shape, grants, memory, refusals) : NOT_ASKED,
    numa: memory.numaNode === undefined ? NOT_ASKED : numa(shape, grants, memory, refusals),
    prefault: memory.prefault ? prefault(mapped, shape, memory) : NOT_ASKED,
    lock: memory.lock ? lock(mapped, shape, grants, memory) : NOT_ASKED,
  };
}

function hugePages(
  { name }: ChannelShape,
  { granted: bits, regionBytes }: SegmentGrants,
  memory: MemorySettings,
  refusals: CreationRefusals,
): MemoryOutcome {
  if ((bits & MemoryGrant.HUGE_PAGES) !== 0) return granted(`hugetlbfs, pages of ${regionBytes} bytes`);
  if ((bits & MemoryGrant.TRANSPARENT_HUGE_PAGES) !== 0) return granted('transparent huge pages');
  return notGranted('hugePages', refusals.hugePages ?? notFromCreator('huge pages', ANEW), memory, name);
}

function numa(
  { name }: ChannelShape,
  { numaNode }: SegmentGrants,
  memory: MemorySettings,
  refusals: CreationRefusals,
): MemoryOutcome {
  if (numaNode === memory.numaNode) return granted(`bound to node ${numaNode}`);
  return notGranted('numa', refusals.numa ?? notFromCreator(`node ${memory.numaNode}`, ANEW), memory, name);
}

function prefault(mapped: SegmentMemory, { name }: ChannelShape, memory: MemorySettings): MemoryOutcome {
  const result = mapped.prefault();
  if (result >= 0) return granted('all pages are present in this process');
  return notGranted('prefault', notPrefaulted(errnoName(result)), memory, name);
}

function lock(
  mapped: SegmentMemory,
  { name, type, capacity }: ChannelShape,
  { regionBytes }: SegmentGrants,
  memory: MemorySettings,
): MemoryOutcome {
  const result = mapped.lock();
  if (result < 0) {
    const bytes = fileBytes(segmentSizes(type, capacity, regionBytes));
    return notGranted('lock', notLocked(errnoName(result), bytes), memory, name);
  }
  return granted(regionBytes > REGION_ALIGNMENT ? 'pages of hugetlbfs are never swapped' : 'mlock');
}
