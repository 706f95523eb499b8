import { BusError } from '../platform/bus-error.js';

/** The error for a journal that cannot be what is asked of it. */
export function journalError(message: string, channel?: string, cause?: unknown): BusError {
  return new BusError('ERR_JOURNAL', message, { channel, cause });
}

/** The errno of an error of the file system, as a positive number; 0 when it has none. */
export function errnoOf(error: unknown): number {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { errno } = at as { errno?: unknown };
    if (typeof errno === 'number') return Math.abs(errno);
  }
  return 0;
}

/** What failed, in words, and what to do. */
export function describeFailure(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return `${reason}; free space there, or lower retention`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${reason}; the folder must belong to this user, and be writable`;
  return reason;
}
