import { join } from 'node:path';
import { takeLockFile } from '../layout/lock-file.js';
import { loadNative } from '../platform/load-native.js';
import { journalError } from './journal-error.js';

/**
 * Takes the one writer's place of a journal's folder, and answers what gives it back. The lock is the kernel's: it falls
 * free when its holder dies, in whatever way.
 *
 * @throws BusError `ERR_JOURNAL` when somebody else writes there
 */
export function lockJournal(folder: string): () => void {
  const fd = takeLockFile(join(folder, '.lock'));
  if (fd !== undefined) return () => void loadNative().closeFile(fd);
  throw journalError(
    `${folder}: another process writes this journal. A journal has one writer: give channels of different buses different folders`,
  );
}
