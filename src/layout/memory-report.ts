import { BusError, type BusErrorCode } from '../platform/bus-error.js';
import type { Fallback, MemorySettings } from './memory-settings.js';

/** What became of one memory option of a channel. */
export interface MemoryOutcome {
  /** Whether the configuration asks for it. */
  readonly asked: boolean;
  readonly granted: boolean;
  /** In which way it was granted. */
  readonly how?: string;
  /** Why it was not. */
  readonly reason?: string;
  /** What to do to get it: mostly a command. */
  readonly mend?: string;
}

/** What this process got of the memory options of a channel. */
export interface MemoryReport {
  readonly hugePages: MemoryOutcome;
  readonly numa: MemoryOutcome;
  readonly prefault: MemoryOutcome;
  readonly lock: MemoryOutcome;
}

/** What was not granted, and why. */
export interface Refusal {
  readonly reason: string;
  readonly mend: string;
}

const KEYS = {
  hugePages: { key: 'huge_pages', fallback: 'hugePagesFallback', code: 'ERR_HUGE_PAGES' },
  numa: { key: 'numa_node', fallback: 'numaFallback', code: 'ERR_NUMA' },
  prefault: { key: 'prefault', fallback: 'prefaultFallback', code: 'ERR_RESOURCES' },
  lock: { key: 'mlock', fallback: 'lockFallback', code: 'ERR_RESOURCES' },
} as const satisfies Record<keyof MemoryReport, { key: string; fallback: keyof MemorySettings; code: BusErrorCode }>;

export const NOT_ASKED: MemoryOutcome = { asked: false, granted: false };

export function granted(how: string): MemoryOutcome {
  return { asked: true, granted: true, how };
}

/**
 * The outcome of what was not granted.
 *
 * @throws BusError `ERR_HUGE_PAGES`, `ERR_NUMA` or, for prefault and mlock, `ERR_RESOURCES`, where the fallback is `fail`
 */
export function notGranted(
  option: keyof MemoryReport,
  { reason, mend }: Refusal,
  memory: MemorySettings,
  channel: string,
): MemoryOutcome {
  const { key, fallback, code } = KEYS[option];
  const wanted: Fallback = memory[fallback];
  if (wanted === 'fail') throw new BusError(code, `channel ${channel}: ${key}: ${reason}; ${mend}`, { channel });
  return { asked: true, granted: false, reason, mend };
}

/** A line for each option that was asked for and not granted. */
export function memoryWarnings(channel: string, report: MemoryReport): string[] {
  return (Object.keys(KEYS) as (keyof MemoryReport)[]).flatMap((option) => {
    const { asked, granted: isGranted, reason, mend } = report[option];
    return asked && !isGranted ? [`channel ${channel}: ${KEYS[option].key} is not granted: ${reason}; ${mend}`] : [];
  });
}
