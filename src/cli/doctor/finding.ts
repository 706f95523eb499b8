/** What one check of `apbus doctor`, or of `apbus check`, found. */
export interface Finding<Id extends string = FindingId> {
  /** Stable name for programs. */
  readonly id: Id;
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
  | 'start'
  | 'addon'
  | 'libc'
  | 'noexec'
  | 'permissions'
  | 'directory'
  | 'space'
  | 'open-files'
  | 'membarrier'
  | 'kernel'
  | 'logout'
  | 'memlock'
  | 'huge-pages'
  | 'transparent'
  | 'numa'
  | 'clock'
  | 'processors'
  | 'leftovers';

export function ok<Id extends string>(id: Id, found: string): Finding<Id> {
  return { id, status: 'ok', found };
}

export function warn<Id extends string>(id: Id, found: string, advice: string): Finding<Id> {
  return { id, status: 'warn', found, advice };
}

export function fail<Id extends string>(id: Id, found: string, advice: string): Finding<Id> {
  return { id, status: 'fail', found, advice };
}
