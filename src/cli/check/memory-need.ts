import type { ResolvedChannel } from '../../bus/config/index.js';
import { fileBytes, segmentSizes } from '../../layout/geometry.js';
import { hugeBytes } from '../../layout/memory-refusals.js';
import type { Fallback } from '../../layout/memory-settings.js';
import { longestRead } from '../../layout/record.js';
import { scratchBytesFor } from '../../memory/segment-memory.js';

/** What a channel will take. */
export interface MemoryNeed {
  readonly channel: string;
  readonly ringBytes: number;
  /** Words that say who has claimed what, of channels with several producers. */
  readonly claimsBytes: number;
  readonly controlBytes: number;
  /** The whole file, in the pages that are asked for. */
  readonly totalBytes: number;
  /** The whole file in ordinary pages. */
  readonly ordinaryBytes: number;
  /** Private memory of all declared endpoints at most: each may have copied the longest message. Not in the file. */
  readonly scratchBytes: number;
  /** Pages of `hugePageBytes`, when it is to be in huge pages; 0: not, or its ring is smaller than one. */
  readonly hugePages: number;
  readonly hugePageBytes: number;
  readonly asksHugePages: boolean;
  readonly hugePagesFallback: Fallback;
  readonly isLocked: boolean;
  readonly lockFallback: Fallback;
  readonly numaNode: number | undefined;
  readonly numaFallback: Fallback;
  readonly journalDirectory: string | undefined;
  /** The most that its journal keeps; Infinity without `retention`, 0 without a journal. */
  readonly journalBytes: number;
  /** For how long it keeps it; Infinity without `retention_age`. */
  readonly journalAgeMs: number;
}

export function memoryNeed({ name, type, bufferSize, memory, persistence, ...more }: ResolvedChannel): MemoryNeed {
  const sizes = segmentSizes(type, bufferSize);
  const ordinaryBytes = fileBytes(sizes);
  const { hugePageBytes } = memory;
  const inHugePages = memory.hugePages && bufferSize >= hugePageBytes;
  const totalBytes = inHugePages ? hugeBytes({ type, capacity: bufferSize }, hugePageBytes) : ordinaryBytes;
  return {
    channel: name,
    ringBytes: sizes.ring,
    claimsBytes: sizes.claims,
    controlBytes: sizes.control,
    totalBytes,
    ordinaryBytes,
    scratchBytes: scratchBytesFor(longestRead(more.messageSizeMax)) * (more.producers.length + more.consumers.length),
    hugePages: inHugePages ? totalBytes / hugePageBytes : 0,
    hugePageBytes,
    asksHugePages: memory.hugePages,
    hugePagesFallback: memory.hugePagesFallback,
    isLocked: memory.lock,
    lockFallback: memory.lockFallback,
    numaNode: memory.numaNode,
    numaFallback: memory.numaFallback,
    journalDirectory: persistence?.directory,
    journalBytes: persistence?.retentionBytes ?? 0,
    journalAgeMs: persistence?.retentionMs ?? Infinity,
  };
}
