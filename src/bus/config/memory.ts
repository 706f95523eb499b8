import { ORDINARY_MEMORY, type Fallback, type MemorySettings } from '../../layout/memory-settings.js';
import type { CHANNEL_KEYS } from './keys.js';
import { parseSize } from './sizes.js';
import type { TableValues } from './table-values.js';

/** How a channel asks for its memory. */
export function resolveMemory(values: TableValues<typeof CHANNEL_KEYS>): MemorySettings {
  const hugePages = values.flag('huge_pages');
  const prefault = values.flag('prefault');
  const lock = values.flag('mlock');
  const isBound = values.has('numa_node');
  if (!hugePages) values.refuseIdle(['huge_page_size', 'huge_pages_fallback'], 'without huge_pages it means nothing');
  if (!isBound) values.refuseIdle(['numa_fallback'], 'without numa_node it means nothing');
  if (!prefault) values.refuseIdle(['prefault_fallback'], 'without prefault it means nothing');
  if (!lock) values.refuseIdle(['mlock_fallback'], 'without mlock it means nothing');
  const fallback = (key: 'huge_pages_fallback' | 'numa_fallback' | 'prefault_fallback' | 'mlock_fallback'): Fallback =>
    values.choice(key) === 'fail' ? 'fail' : 'warn';
  const page = parseSize(values.choice('huge_page_size'));
  return {
    hugePages,
    hugePageBytes: 'bytes' in page ? page.bytes : ORDINARY_MEMORY.hugePageBytes,
    hugePagesFallback: fallback('huge_pages_fallback'),
    numaNode: isBound ? values.whole('numa_node') : undefined,
    numaFallback: fallback('numa_fallback'),
    prefault,
    prefaultFallback: fallback('prefault_fallback'),
    lock,
    lockFallback: fallback('mlock_fallback'),
  };
}
