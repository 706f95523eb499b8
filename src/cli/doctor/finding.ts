/** What one check of `apbus doctor` found. */
export interface Finding {
  /** Stable name for programs. */
  readonly id: FindingId;
  /** `warn`: the bus works, but less well or not for long. `fail`: it does not work. */
  readonly status: 'ok' | 'warn' | 'fail';
  /** What is the case. */
  readonly found: string;
  /** What to do about it; absent when all is well. */
  readonly advice?: string;
}

export type FindingId =
  | 'platform'
  | 'node'
  | 'addon'
  | 'directory'
  | 'space'
  | 'open-files'
  | 'membarrier'
  | 'leftovers';

export function ok(id: FindingId, found: string): Finding {
  return { id, status: 'ok', found };
}

export function warn(id: FindingId, found: string, advice: string): Finding {
  return { id, status: 'warn', found, advice };
}

export function fail(id: FindingId, found: string, advice: string): Finding {
  return { id, status: 'fail', found, advice };
}
