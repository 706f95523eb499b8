import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { OpenedCapture } from '../../observe/capture/opened-capture.js';
import { BusError } from '../../platform/bus-error.js';

/** By path and what the file is: a look again must not unfold it again. They are there until the process ends. */
const opened = new Map<string, OpenedCapture>();
/** By path, the last one: a file that is removed while it is looked at has been unfolded already. */
const lastOpened = new Map<string, OpenedCapture>();

/**
 * The capture of a file, unfolded once in the life of this process.
 *
 * @throws BusError as `OpenedCapture`; `ERR_INVALID_ARGUMENT` when a directory is named too
 */
export function openedCapture(file: string, directory: string | undefined): OpenedCapture {
  if (directory !== undefined)
    throw new BusError('ERR_INVALID_ARGUMENT', 'found --directory and --capture, expected one of them');
  const path = resolve(file);
  const stats = statSync(file, { throwIfNoEntry: false });
  const key = `${path} ${stats?.ino} ${stats?.size} ${stats?.mtimeMs}`;
  const known = stats === undefined ? lastOpened.get(path) : opened.get(key);
  if (known !== undefined) return known;
  if (opened.size === 0) process.once('exit', closeAll);
  const capture = new OpenedCapture(file);
  opened.set(key, capture);
  lastOpened.set(path, capture);
  return capture;
}

function closeAll(): void {
  for (const capture of opened.values()) capture[Symbol.dispose]();
}
