import { constants } from 'node:os';
import { BusError } from '../platform/bus-error.js';
import type { Place } from '../ring/record-consumer.js';

/** The error for a journal that cannot be what is asked of it. */
export function journalError(message: string, channel?: string, cause?: unknown): BusError {
  return new BusError('ERR_JOURNAL', message, { channel, cause });
}

/**
 * What was appended is neither known to be on the disk nor to be read back: its write-back failed, and the kernel has dropped
 * its pages since.
 */
export class LostRecords extends Error {
  readonly code = 'EIO';
  readonly errno = -constants.errno.EIO;
  /** Behind the last record that is left. */
  readonly from: Place;
  /** The sequence of the first record that is in a later file; undefined: there is none, and recording can go on at `from`. */
  readonly upTo: number | undefined;

  constructor(from: Place, upTo?: number) {
    const which = upTo === undefined ? `from record ${from.sequence} on` : `records ${from.sequence} to ${upTo - 1}`;
    super(`EIO: the disk has lost what it failed to write, ${which}`);
    this.from = from;
    this.upTo = upTo;
  }
}

/** What an error says of records that are lost; undefined: nothing. */
export function lostRecords(error: unknown): LostRecords | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof LostRecords) return at;
  return undefined;
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

/** Says of what the system refuses in which folder it was. @throws BusError `ERR_JOURNAL` */
export function reading<Result>(folder: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw errnoOf(error) === 0 || BusError.is(error) ? error : unreadable(folder, error);
  }
}

/** The error for what the system does not let be read. */
export function unreadable(folder: string, cause: unknown): BusError {
  const isFile = (cause as { code?: unknown }).code === 'ENOTDIR';
  const remedy = isFile ? '; give the folder of the journal, and none of its files' : '';
  return journalError(`cannot read the journal in ${folder}: ${describeFailure(cause)}${remedy}`, undefined, cause);
}

/** What the system would have said of a file that is not there. */
export function missingFile(): Error {
  return Object.assign(new Error('no such file'), { code: 'ENOENT', errno: -constants.errno.ENOENT });
}

/** The errors of one journal's writer. */
export class JournalErrors {
  private readonly channel: string;
  private readonly folder: string;

  constructor(channel: string, folder: string) {
    this.channel = channel;
    this.folder = folder;
  }

  /** Says of what the system refuses what it was for. */
  attempt<Result>(what: string, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (errnoOf(error) === 0) throw error;
      throw this.failure(`cannot ${what} the journal in ${this.folder}: ${describeFailure(error)}`, error);
    }
  }

  failure(message: string, cause?: unknown): BusError {
    return journalError(`channel ${this.channel}: ${message}`, this.channel, cause);
  }
}
