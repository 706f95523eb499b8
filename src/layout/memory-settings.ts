/** What to do when the machine does not grant what was asked: say so and go on, or refuse to make the channel. */
export type Fallback = 'warn' | 'fail';

/** How a channel's memory is asked for. Whoever creates the segment asks; the segment says what was granted. */
export interface MemorySettings {
  /** The ring in huge pages: hugetlbfs, or else transparent ones where the file system gives them. */
  readonly hugePages: boolean;
  /** Bytes of a huge page to ask hugetlbfs for: 2 MiB or 1 GiB. */
  readonly hugePageBytes: number;
  readonly hugePagesFallback: Fallback;
  /** The NUMA node to which the pages are bound; undefined: wherever they are touched first. */
  readonly numaNode: number | undefined;
  readonly numaFallback: Fallback;
  /** All pages are present in each attached process before its first message. */
  readonly prefault: boolean;
  readonly prefaultFallback: Fallback;
  /** The pages of each attached process are locked in memory (mlock). */
  readonly lock: boolean;
  readonly lockFallback: Fallback;
}

/** Ordinary pages, taken when the segment is made, mapped as they are touched. */
export const ORDINARY_MEMORY: MemorySettings = {
  hugePages: false,
  hugePageBytes: 2 * 1024 ** 2,
  hugePagesFallback: 'warn',
  numaNode: undefined,
  numaFallback: 'warn',
  prefault: false,
  prefaultFallback: 'warn',
  lock: false,
  lockFallback: 'warn',
};
