import { constants } from 'node:os';
import { loadNative } from '../platform/load-native.js';
import { systemError } from '../platform/system-error.js';
import { openPrivateFile } from './private-file.js';

const { EAGAIN, EACCES, EEXIST } = constants.errno;
const LOCK_BYTE = 0;

/** Opens a file that is there for its locks, and creates it first if there is none. */
export function openLockFile(path: string): number {
  for (;;) {
    const opened = openPrivateFile(path);
    if (opened !== undefined) return opened;
    const created = loadNative().createFile(path);
    if (created >= 0) return created;
    if (created !== -EEXIST) throw systemError(created, `create the lock file ${path}`);
  }
}

/**
 * Takes the one lock of a file, without waiting: the descriptor that carries it until it is closed, or undefined when
 * somebody else has it. The lock is the kernel's: it falls free when its holder dies, in whatever way.
 */
export function takeLockFile(path: string): number | undefined {
  const native = loadNative();
  const fd = openLockFile(path);
  const locked = native.lockByte(fd, LOCK_BYTE);
  if (locked === 0) return fd;
  native.closeFile(fd);
  if (locked === -EAGAIN || locked === -EACCES) return undefined;
  throw systemError(locked, `lock ${path}`);
}

/** Whether somebody has the one lock of a file, as it stands now; the lock is not touched. */
export function isLockFileTaken(path: string): boolean {
  const fd = openPrivateFile(path);
  if (fd === undefined) return false;
  try {
    return loadNative().isByteLocked(fd, LOCK_BYTE) !== 0;
  } finally {
    loadNative().closeFile(fd);
  }
}
