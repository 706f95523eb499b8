import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { OpenedCapture } from '../../observe/capture/opened-capture.js';
import { BusError } from '../../platform/bus-error.js';

/** By path and what the file is: a look again must not unfold it again. They are there until the process ends. */
const opened = new Map<string, OpenedCapture>();

/**
 * The capture of a file, unfolded once in the life of this process.
 *
 * @throws BusError as `OpenedCapture`; `ERR_INVALID_ARGUMENT` when a directory is named too
 */
export function openedCapture(file: string, directory: string | undefined): OpenedCapture {
  if (directory !== undefined)
    throw new BusError('ERR_INVALID_ARGUMENT', 'found --directory and --capture, expected one of them');
  const { ino, size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { ino: 0, size: 0, mtimeMs: 0 };
  const key = `${resolve(file)} ${ino} ${size} ${mtimeMs}`;
  const known = opened.get(key);
  if (known !== undefined) return known;
  if (opened.size === 0) process.once('exit', closeAll);
  const capture = new OpenedCapture(file);
  opened.set(key, capture);
  return capture;
}

function closeAll(): void {
  for (const capture of opened.values()) capture[Symbol.dispose]();
}
