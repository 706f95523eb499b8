import { constants } from 'node:os';
import { join } from 'node:path';
import { openPrivateFile } from '../layout/private-file.js';
import { loadNative } from '../platform/load-native.js';
import { systemError } from '../platform/system-error.js';
import { journalError } from './journal-error.js';

const { EAGAIN, EACCES, EEXIST } = constants.errno;
const LOCK_BYTE = 0;

/**
 * Takes the one writer's place of a journal's folder, and answers what gives it back. The lock is the kernel's: it falls
 * free when its holder dies, in whatever way.
 *
 * @throws BusError `ERR_JOURNAL` when somebody else writes there
 */
export function lockJournal(folder: string): () => void {
  const native = loadNative();
  const path = join(folder, '.lock');
  const fd = openLock(path);
  const locked = native.lockByte(fd, LOCK_BYTE);
  if (locked === 0) return () => void native.closeFile(fd);
  native.closeFile(fd);
  if (locked !== -EAGAIN && locked !== -EACCES) throw systemError(locked, `lock ${path}`);
  throw journalError(
    `${folder}: another process writes this journal. A journal has one writer: give channels of different buses different folders`,
  );
}

function openLock(path: string): number {
  for (;;) {
    const opened = openPrivateFile(path);
    if (opened !== undefined) return opened;
    const created = loadNative().createFile(path);
    if (created >= 0) return created;
    if (created !== -EEXIST) throw systemError(created, `create ${path}`);
  }
}
