import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { BusError } from '../platform/bus-error.js';

/** Where segments live unless configured: a private folder of this user in shared memory. */
export function defaultDirectory(): string {
  return `/dev/shm/alphapulse-${process.geteuid?.() ?? 0}`;
}

/** Makes the directory if it is not there, 0700; refuses one that others could write to or read. */
export function ensureDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new BusError('ERR_PERMISSION', `cannot make the directory ${path}: ${(cause as Error).message}`, { cause });
  }
  const stats: Stats = lstatSync(path);
  const refuse = (found: string): BusError =>
    new BusError('ERR_PERMISSION', `${path} ${found}; expected a directory of this user alone (chmod 700)`);
  if (!stats.isDirectory()) throw refuse('is not a directory');
  if (stats.uid !== process.geteuid?.())
    throw refuse(`belongs to user ${stats.uid}, this process runs as ${process.geteuid?.()}`);
  if ((stats.mode & 0o077) !== 0) throw refuse(`has mode 0${(stats.mode & 0o777).toString(8)}`);
}

/** The segment file of a channel. */
export function segmentPath(directory: string, channel: string): string {
  return join(directory, `${channel}.ring`);
}

/** The name that a segment has until it is complete. */
export function unfinishedPath(directory: string, channel: string): string {
  return join(directory, `${channel}.ring.new`);
}

/** The FIFO that wakes the consumer in a slot. */
export function wakePath(directory: string, channel: string, slot: number): string {
  return join(directory, `${channel}.${slot}.wake`);
}

/** The FIFO that tells backup producers of a channel of their primary's end. */
export function takeoverPath(directory: string, channel: string): string {
  return join(directory, `${channel}.takeover`);
}

/** The folder of messages that consumers of a channel have set aside. */
export function quarantinePath(directory: string, channel: string): string {
  return join(directory, `${channel}.quarantine`);
}

/** Holds the locks that serialise creation. */
export function lockPath(directory: string): string {
  return join(directory, '.lock');
}
