import { fstatSync, lstatSync, readSync, readdirSync, rmSync, type Stats } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { validateControl } from '../../layout/control-block.js';
import { lockPath, segmentPath, unfinishedPath } from '../../layout/directory.js';
import { openPrivateFile } from '../../layout/private-file.js';
import { locateSegment } from '../../layout/segment-place.js';
import { CONTROL, CONTROL_BYTES, LAYOUT_HASH, LAYOUT_VERSION, MAGIC, SegmentState } from '../../layout/schema.js';
import { hash32 } from '../../layout/struct.js';
import { BusError } from '../../platform/bus-error.js';
import { loadNative } from '../../platform/load-native.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** What lies in the directory of segments that no living process has. */
export interface Leftover {
  readonly path: string;
  readonly kind: LeftoverKind;
  /** Why it is one, for people. */
  readonly reason: string;
  /** Size of the file. */
  readonly bytes: number;
  /** It was removed; or why it could not be. */
  readonly cleared?: boolean | string;
}

export type LeftoverKind =
  /** A segment that was made before the machine was last started. */
  | 'earlier-boot'
  /** A segment of another version of the package. */
  | 'other-version'
  /** A segment that its maker did not finish. */
  | 'half-made'
  /** A file in the place of a segment whose header cannot be true. */
  | 'damaged'
  /** A FIFO from which nobody reads. */
  | 'fifo'
  /** A segment in good order that no process has open: its messages and cursors wait for the next. */
  | 'unused';

const { at } = CONTROL;
const { ENXIO } = constants.errno;

/** Looks through a directory of segments; nothing is changed. What living processes have is left out. */
export function findLeftovers(directory: string): Leftover[] {
  return namesIn(directory).flatMap((name) => examine(directory, name) ?? []);
}

/** Removes what {@link findLeftovers} found, unless a process has begun to use it meanwhile. */
export function clearLeftovers(leftovers: readonly Leftover[], directory: string): Leftover[] {
  return leftovers.map((leftover) => {
    try {
      return { ...leftover, cleared: remove(leftover, directory) };
    } catch (error) {
      return { ...leftover, cleared: (error as Error).message };
    }
  });
}

/** One finding about all of them. Segments that only wait for their processes are no reason to worry. */
export function checkLeftovers(leftovers: readonly Leftover[]): Finding {
  const cleared = leftovers.filter((leftover) => leftover.cleared === true).length;
  const stuck = leftovers.filter((leftover) => typeof leftover.cleared === 'string');
  if (stuck.length > 0) {
    const why = stuck.map(({ path, cleared: reason }) => `${path}: ${reason}`).join('; ');
    return fail('leftovers', `${cleared} cleared, ${stuck.length} not`, why);
  }
  if (cleared > 0) return ok('leftovers', `${cleared} cleared`);
  const useless = leftovers.filter(({ kind }) => kind !== 'unused').length;
  const unused = leftovers.length - useless;
  const waiting = unused === 0 ? '' : `${unused} segments that no process has open`;
  if (useless === 0) return ok('leftovers', waiting === '' ? 'none' : waiting);
  const found = `${useless} files that nobody can use${waiting === '' ? '' : `, and ${waiting}`}`;
  return warn('leftovers', found, 'apbus doctor --clear removes them, with the messages that are in them');
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    // not there, or not to be read: the finding about the directory says so
    return [];
  }
}

function examine(directory: string, name: string): Leftover | undefined {
  const path = join(directory, name);
  if (name.endsWith('.ring')) return examineSegment(path);
  if (name.endsWith('.ring.huge')) return examineHuge(directory, name.slice(0, -'.ring.huge'.length));
  if (name.endsWith('.ring.new')) return examineUnfinished(directory, path, name.slice(0, -'.ring.new'.length));
  return name.endsWith('.wake') ? examineFifo(path) : undefined;
}

/** A segment in huge pages stands elsewhere; what this process does not see it leaves alone. */
function examineHuge(directory: string, channel: string): Leftover | undefined {
  try {
    const path = locateSegment(directory, channel);
    return path === segmentPath(directory, channel) ? undefined : examineSegment(path);
  } catch (error) {
    if (BusError.is(error)) return undefined;
    throw error;
  }
}

/** Of a file that must be this user's alone; others are not looked at, and not touched. */
function withFile<Result>(path: string, work: (fd: number) => Result): Result | undefined {
  let fd: number | undefined;
  try {
    fd = openPrivateFile(path);
  } catch (error) {
    if (BusError.is(error)) return undefined;
    throw error;
  }
  if (fd === undefined) return undefined;
  try {
    return work(fd);
  } finally {
    loadNative().closeFile(fd);
  }
}

function examineSegment(path: string): Leftover | undefined {
  return withFile(path, (fd) => {
    if (isUsed(fd)) return undefined;
    const bytes = loadNative().fileSize(fd);
    const head = new DataView(new ArrayBuffer(CONTROL.bytes));
    readSync(fd, head, 0, CONTROL.bytes, 0);
    try {
      validateControl(head, bytes, path);
    } catch (error) {
      if (!BusError.is(error)) throw error;
      return { path, kind: kindOf(error, head), reason: error.message, bytes };
    }
    const reason = 'no process has it open; its messages and the cursors of its consumers are kept until it is removed';
    return { path, kind: 'unused', reason, bytes };
  });
}

function kindOf({ code }: BusError, head: DataView): LeftoverKind {
  if (code === 'ERR_LAYOUT_MISMATCH') {
    const isOurs =
      head.getUint32(at.layoutVersion, true) === LAYOUT_VERSION && head.getUint32(at.layoutHash, true) === LAYOUT_HASH;
    return isOurs ? 'earlier-boot' : 'other-version';
  }
  const isBegun = head.getUint32(at.magic, true) === MAGIC || head.getUint32(at.magic, true) === 0;
  return isBegun && head.getInt32(at.state, true) !== SegmentState.READY ? 'half-made' : 'damaged';
}

/**
 * Whether an endpoint has the segment open, attaches to it or repairs it: it then holds the kernel's lock on some byte of
 * the control region. All bytes are asked, as segments of other versions may have their tokens elsewhere. Stopped
 * processes and those of other pid namespaces are seen too.
 */
function isUsed(fd: number): boolean {
  const native = loadNative();
  for (let byte = 0; byte < CONTROL_BYTES; byte++) if (native.isByteLocked(fd, byte) !== 0) return true;
  return false;
}

function examineUnfinished(directory: string, path: string, channel: string): Leftover | undefined {
  if (isBeingMade(directory, channel)) return undefined;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !isPrivate(stats)) return undefined;
  const reason = `the process that made channel ${channel} was killed before it was complete`;
  return { path, kind: 'half-made', reason, bytes: stats.size };
}

function isBeingMade(directory: string, channel: string): boolean {
  return withFile(lockPath(directory), (fd) => loadNative().isByteLocked(fd, hash32(channel)) !== 0) ?? false;
}

function examineFifo(path: string): Leftover | undefined {
  const native = loadNative();
  const fd = native.openFifo(path, true);
  if (fd >= 0) native.closeFile(fd);
  return fd === -ENXIO
    ? { path, kind: 'fifo', reason: 'the consumer that it woke is gone; nobody reads from it', bytes: 0 }
    : undefined;
}

function isPrivate(stats: Stats): boolean {
  return stats.isFile() && stats.uid === process.geteuid?.();
}

/** True when it is gone; throws with the reason when it must stay. */
function remove({ path, kind }: Leftover, directory: string): boolean {
  if (kind === 'fifo') {
    if (examineFifo(path) === undefined) throw inUse(path);
    rmSync(path, { force: true });
    return true;
  }
  if (path.endsWith('.new')) {
    const channel = path.slice(directory.length + 1, -'.ring.new'.length);
    return underLock(lockPath(directory), hash32(channel), path, () => rmSync(unfinishedPath(directory, channel)));
  }
  // Whoever is about to attach waits for this lock, and looks afterwards whether the segment still has its name.
  return underLock(path, at.attachLock, path, (fd) => {
    const named = lstatSync(path);
    const open = fstatSync(fd);
    if (isUsed(fd) || named.ino !== open.ino || named.dev !== open.dev) throw inUse(path);
    rmSync(path);
  });
}

function underLock(file: string, byte: number, path: string, work: (fd: number) => void): boolean {
  const isDone = withFile(file, (fd) => {
    if (loadNative().lockByte(fd, byte) !== 0) throw inUse(path);
    work(fd);
    return true;
  });
  if (isDone !== true) throw inUse(path);
  return true;
}

function inUse(path: string): BusError {
  return new BusError('ERR_RESOURCES', `${path} is in use by now; it was left alone`);
}
