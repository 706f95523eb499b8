import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import { BusError } from '../platform/bus-error.js';
import { loadNative } from '../platform/load-native.js';
import { OPEN_REFUSED } from '../platform/native.js';
import { systemError } from '../platform/system-error.js';

const { ENOENT } = constants.errno;

const REFUSALS: Record<number, string> = {
  [OPEN_REFUSED.NOT_REGULAR]: 'is not an ordinary file',
  [OPEN_REFUSED.FOREIGN_OWNER]: 'belongs to another user',
  [OPEN_REFUSED.LOOSE_MODE]: 'can be read or written by others; expected mode 0600',
  [OPEN_REFUSED.LINKED]: 'has more than one name (a hard link)',
};

/** Opens a file that must be this user's alone; undefined when there is none. Refuses whatever else stands there. */
export function openPrivateFile(path: string): number | undefined {
  const result = loadNative().openFile(path);
  if (result >= 0) return result;
  if (result === -ENOENT) return undefined;
  const refusal = REFUSALS[result];
  if (refusal === undefined) throw systemError(result, `open ${path}`);
  throw new BusError('ERR_PERMISSION', `${path} ${refusal}. It is not used; remove it, and it is made anew`);
}

/** Removes a file, if it is there. */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    throw new BusError('ERR_PERMISSION', `cannot replace ${path}: ${(cause as Error).message}; remove it`, { cause });
  }
}
