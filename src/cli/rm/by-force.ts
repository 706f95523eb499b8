import { lstatSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { BusError } from '../../platform/bus-error.js';
import { IN_MEMORY } from '../doctor/machine.js';

/*
 * What stands in the place of a segment, and is no file that the bus would open: one that others can write, a link, a FIFO.
 * Nobody attaches to such a thing, but somebody may have attached before it became one, and has a lock in it then. The kernel
 * lists all locks of open files, those of other pid namespaces too; what it does not list nobody has.
 */

/**
 * Throws what would keep {@link removeByForce} from removing it; changes nothing.
 *
 * @throws BusError `ERR_RESOURCES` when a process has it open; `ERR_PERMISSION` for a directory, or where it cannot be told
 */
export function expectRemovable(path: string): void {
  const stats = lstatSync(path);
  if (stats.isDirectory())
    throw new BusError('ERR_PERMISSION', `${path} is a directory; see what is in it, and remove it by hand`);
  if (!stats.isFile()) return;
  const isExact = IN_MEMORY.has(statfsSync(dirname(path)).type);
  if (isLockedIn(listedLocks(path), stats.ino, isExact ? stats.dev : undefined))
    throw new BusError('ERR_RESOURCES', `${path} is in use: a process has a lock in it; it was left alone`);
}

/** Removes it: of a link only the link, of a file with several names only this one. @throws as {@link expectRemovable} */
export function removeByForce(path: string): void {
  expectRemovable(path);
  try {
    rmSync(path);
  } catch (cause) {
    throw new BusError('ERR_PERMISSION', `cannot remove ${path}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Whether `/proc/locks` has a lock on a file. `device` as stat tells it; undefined where the kernel may list another number
 * for that file system: then its inode's number is enough.
 */
export function isLockedIn(locks: string, inode: number, device: number | undefined): boolean {
  // "1: OFDLCK ADVISORY  WRITE -1 00:1a:4711 448 448"; waiters have "->" after the number
  return [...locks.matchAll(/ ([0-9a-f]+):([0-9a-f]+):(\d+) \d+ (?:\d+|EOF)$/gm)].some(([, major, minor, listed]) => {
    if (Number(listed) !== inode) return false;
    const found = deviceNumber(Number.parseInt(major!, 16), Number.parseInt(minor!, 16));
    return device === undefined || found === device;
  });
}

/** As stat puts the two halves together. */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor >>> 8) * 0x10_0000;
}

function listedLocks(path: string): string {
  try {
    return readFileSync('/proc/locks', 'latin1');
  } catch (cause) {
    const why = (cause as Error).message;
    throw new BusError('ERR_PERMISSION', `cannot tell whether a process has ${path} open: ${why}; mount /proc`, {
      cause,
    });
  }
}
