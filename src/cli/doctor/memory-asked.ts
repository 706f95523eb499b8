import { segmentPath } from '../../layout/directory.js';
import { signpostPath } from '../../layout/segment-place.js';
import type { MachineFacts } from '../check/machine-facts.js';
import { hugePageFindings, shareOut } from '../check/memory-findings.js';
import type { MemoryNeed } from '../check/memory-need.js';
import type { Finding } from './finding.js';
import { statsOf } from './machine.js';
import type { DirectoryFacts } from './storage-checks.js';

/** What the channels of a configuration ask of the machine. */
export interface MemoryAsked {
  /** Of segments that are not there yet, and will be in ordinary pages. */
  readonly ordinaryBytes: number;
  /** What one process locks that has all channels open; pages of hugetlbfs need no lock. */
  readonly lockedBytes: number;
  readonly hugeFindings: readonly Finding<string>[];
  /** Channels that ask for huge pages, and get none of hugetlbfs. */
  readonly withoutHuge: readonly string[];
}

export function memoryAsked(
  needs: readonly MemoryNeed[],
  { path, nearest }: Pick<DirectoryFacts, 'path' | 'nearest'>,
  machine: MachineFacts,
): MemoryAsked {
  const isThere = (name: string): boolean => statsOf(segmentPath(path, name)) !== undefined;
  const isInHugePages = (name: string): boolean => !isThere(name) && statsOf(signpostPath(path, name)) !== undefined;
  const toCome = needs.filter(({ channel }) => !isThere(channel) && !isInHugePages(channel));
  const places = shareOut(toCome, nearest, machine);
  const locked = needs.filter((need) => need.isLocked && !places.huge.has(need) && !isInHugePages(need.channel));
  return {
    ordinaryBytes: places.ordinary.reduce((sum, need) => sum + need.ordinaryBytes, 0),
    lockedBytes: locked.reduce((sum, need) => sum + need.ordinaryBytes, 0),
    hugeFindings: hugePageFindings(toCome, places, machine),
    withoutHuge: toCome.filter((need) => need.asksHugePages && !places.huge.has(need)).map(({ channel }) => channel),
  };
}
