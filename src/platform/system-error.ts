import { constants } from 'node:os';
import { BusError, type BusErrorCode } from './bus-error.js';

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

const CODES: Record<string, BusErrorCode> = {
  ENOSPC: 'ERR_STORAGE_SPACE',
  EDQUOT: 'ERR_STORAGE_SPACE',
  EFBIG: 'ERR_STORAGE_SPACE',
  EACCES: 'ERR_PERMISSION',
  EPERM: 'ERR_PERMISSION',
  EROFS: 'ERR_PERMISSION',
  ELOOP: 'ERR_PERMISSION',
  ENODATA: 'ERR_CORRUPT',
};

const HINTS: Record<string, string> = {
  ENOSPC: 'free space there, or configure smaller buffers or another directory (Docker: --shm-size)',
  EACCES: 'the directory must belong to this user, mode 0700',
  ELOOP: 'a symbolic link stands where the segment should be: remove it',
  EMFILE: 'this process has too many open files: raise `ulimit -n` or close some',
  ENFILE: 'the machine has too many open files',
  ENOMEM: 'not enough memory or address space (see `ulimit -v`), or too many mappings',
  ENODATA: 'the file is shorter than its header says: remove it and let it be created again',
};

/** The name of a negative errno, such as `ENOSPC`. */
export function errnoName(result: number): string {
  return names.get(-result) ?? `errno ${-result}`;
}

/** The {@link BusError} for a system call of the control path that answered a negative errno. */
export function systemError(result: number, what: string, channel?: string): BusError {
  const name = errnoName(result);
  const hint = HINTS[name];
  return new BusError(
    CODES[name] ?? 'ERR_RESOURCES',
    `cannot ${what}: ${name}${hint === undefined ? '' : `; ${hint}`}`,
    {
      channel,
    },
  );
}
