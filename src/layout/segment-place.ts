import { existsSync, lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BusError } from '../platform/bus-error.js';
import { ensureDirectory, segmentPath } from './directory.js';
import { hugeFolders } from './huge-mounts.js';
import { openPrivateFile, removeFile } from './private-file.js';
import { loadNative } from '../platform/load-native.js';

/*
 * A segment in huge pages stands on a hugetlbfs, not in the directory of its bus. There a signpost `<channel>.ring.huge`
 * says where. It is written before the segment gets its name and outlives it: one that points to nothing means that there is
 * no segment. It is changed under the creation lock only. So all processes come to one segment, also those that see other
 * mounts: these are refused, and make no second one.
 */

/** Where the signpost of a channel stands. */
export function signpostPath(directory: string, channel: string): string {
  return `${segmentPath(directory, channel)}.huge`;
}

/**
 * The file of a channel's segment: in the directory, or where the signpost points. Where there is none, the path that it
 * would have in the directory. Everything that opens, lists or removes a segment by its path asks this.
 *
 * @throws BusError `ERR_HUGE_PAGES` when this process does not see the place; `ERR_PERMISSION` for a signpost that others could write
 */
export function locateSegment(directory: string, channel: string): string {
  const ordinary = segmentPath(directory, channel);
  if (isThere(ordinary)) return ordinary;
  const there = signpostTarget(directory, channel);
  if (there === undefined || !existsSync(there)) return ordinary;
  return there;
}

/** Makes the private folders for a segment in huge pages, and answers its path there. */
export function makeHugePlace(mount: string, directory: string, channel: string): string {
  const folders = hugeFolders(mount, resolve(directory));
  for (const folder of folders) ensureDirectory(folder);
  return segmentPath(folders[1], channel);
}

/** Points to a segment in huge pages. The caller holds the creation lock. */
export function putSignpost(directory: string, channel: string, path: string): void {
  const signpost = signpostPath(directory, channel);
  const unfinished = `${signpost}.new`;
  removeFile(unfinished);
  writeFileSync(unfinished, path, { mode: 0o600, flag: 'wx' });
  renameSync(unfinished, signpost);
}

/** Takes the signpost away, if there is one. The caller holds the creation lock. */
export function removeSignpost(directory: string, channel: string): void {
  removeFile(signpostPath(directory, channel));
}

function signpostTarget(directory: string, channel: string): string | undefined {
  const signpost = signpostPath(directory, channel);
  const fd = openPrivateFile(signpost);
  if (fd === undefined) return undefined;
  try {
    const path = readFileSync(fd, 'utf8');
    if (!path.startsWith('/') || !path.endsWith(`/${channel}.ring`)) {
      throw new BusError('ERR_CORRUPT', `${signpost} points to no segment of this channel. Remove it`, { channel });
    }
    if (!existsSync(dirname(path))) {
      throw new BusError(
        'ERR_HUGE_PAGES',
        `channel ${channel} is in huge pages at ${path}, and this process does not see that place. Mount that hugetlbfs here ` +
          `too (in a container: as a volume); or stop all processes of the channel and remove ${signpost}`,
        { channel },
      );
    }
    return path;
  } finally {
    loadNative().closeFile(fd);
  }
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // opening it says why it cannot be reached
    return true;
  }
}
