import type { ResolvedChannel } from '../../bus/config/index.js';
import { fileBytes, segmentSizes } from '../../layout/geometry.js';

/** What a channel will take. */
export interface MemoryNeed {
  readonly channel: string;
  readonly ringBytes: number;
  /** Words that say who has claimed what, of channels with several producers. */
  readonly claimsBytes: number;
  readonly controlBytes: number;
  /** The whole file. */
  readonly totalBytes: number;
  /** Pages of `hugePageBytes`, when it is to be in huge pages. */
  readonly hugePages: number;
  readonly hugePageBytes: number;
  readonly isLocked: boolean;
  readonly numaNode: number | undefined;
  /** The most that its journal keeps; Infinity without retention, 0 without a journal. */
  readonly journalBytes: number;
  readonly journalDirectory: string | undefined;
}

export function memoryNeed({ name, type, bufferSize, memory, persistence }: ResolvedChannel): MemoryNeed {
  const sizes = segmentSizes(type, bufferSize);
  const totalBytes = fileBytes(sizes);
  const { hugePages, hugePageBytes } = memory;
  // each part begins at a page of its own
  const parts = [sizes.control, sizes.claims, sizes.ring];
  const pages = parts.reduce((sum, bytes) => sum + Math.ceil(bytes / hugePageBytes), 0);
  return {
    channel: name,
    ringBytes: sizes.ring,
    claimsBytes: sizes.claims,
    controlBytes: sizes.control,
    totalBytes: hugePages ? pages * hugePageBytes : totalBytes,
    hugePages: hugePages ? pages : 0,
    hugePageBytes,
    isLocked: memory.lock,
    numaNode: memory.numaNode,
    journalBytes: persistence?.retentionBytes ?? 0,
    journalDirectory: persistence?.directory,
  };
}
