import { closeSync, constants as files, fstatSync, openSync, readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { takeoverPath } from '../layout/directory.js';
import type { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { lateNet } from '../platform/late-modules.js';
import { loadNative } from '../platform/load-native.js';
import { systemError } from '../platform/system-error.js';

/*
 * How backup producers hear of their primary's end, whatever ends it, without asking again and again: the primary holds
 * the FIFO `<channel>.takeover` open for writing as long as it lives, each backup for reading. When the last writer is
 * gone, the kernel tells all readers that they are at the end. Nothing is ever written into it.
 *
 * It is an alarm and no more. Who is primary is decided by the token alone: the alarm may come while that is still held
 * for a moment (a dying process gives its descriptors up one after the other), and it may not come at all (another
 * process has the FIFO open for writing: one that is stopped in the middle of an attempt, or a primary that lost its
 * token and does not know it yet).
 */

const { ENOENT } = constants.errno;
const PROBE = new Uint8Array(1);

/**
 * Opens a primary's end, before the token is tried for; it ends with the process. Undefined when it cannot be had, for lack
 * of descriptors for instance: then backups find out by the looks that they take anyway. Read-write, as nobody may be
 * reading yet.
 */
export function holdAlarm({ directory, channel }: Segment): number | undefined {
  const native = loadNative();
  const path = takeoverPath(directory, channel);
  let fd = native.openFifo(path, false);
  if (fd === -ENOENT) {
    native.makeFifo(path);
    fd = native.openFifo(path, false);
  }
  return fd < 0 ? undefined : fd;
}

/** A backup's end, in its event loop. */
export class TakeoverAlarm {
  private readonly path: string;
  private readonly channel: string;
  private fd: number | undefined;
  private socket: Socket | undefined;

  constructor({ directory, channel }: Segment) {
    this.path = takeoverPath(directory, channel);
    this.channel = channel;
  }

  /**
   * Opens this end, unless it is open, and makes the FIFO if there is none.
   *
   * @throws BusError `ERR_PERMISSION` when something else stands there, `ERR_RESOURCES`
   */
  open(): void {
    this.fd ??= openReadEnd(this.path, this.channel);
  }

  /** Whether somebody holds the other end. When nobody does, `listen` would wait in vain for the last one to go. */
  get isHeld(): boolean {
    if (this.fd === undefined) return false;
    try {
      return readSync(this.fd, PROBE) !== 0;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN';
    }
  }

  /** Calls `ring` once, when the last one is gone that holds the other end; this end is closed then. */
  listen(ring: () => void): void {
    if (this.fd === undefined || this.socket !== undefined) return;
    const socket = new (lateNet().Socket)({ fd: this.fd, readable: true, writable: false });
    const rang = (): void => {
      if (this.socket !== socket) return;
      this.close();
      ring();
    };
    socket.on('data', () => {});
    socket.on('end', rang);
    socket.on('error', rang);
    this.socket = socket;
  }

  close(): void {
    const { fd, socket } = this;
    this.fd = undefined;
    this.socket = undefined;
    // The descriptor is the socket's by now.
    if (socket !== undefined) socket.destroy();
    else if (fd !== undefined) closeSync(fd);
  }
}

/** A descriptor of the event loop's own. */
function openReadEnd(path: string, channel: string): number {
  const flags = files.O_RDONLY | files.O_NONBLOCK | files.O_NOFOLLOW;
  const open = (): number => {
    try {
      return openSync(path, flags);
    } catch (error) {
      return (error as NodeJS.ErrnoException).errno ?? -constants.errno.EIO;
    }
  };
  let fd = open();
  if (fd === -ENOENT) {
    loadNative().makeFifo(path);
    fd = open();
  }
  if (fd < 0) throw systemError(fd, `open the FIFO ${path}`, channel);
  const status = fstatSync(fd);
  const isPrivate = status.uid === process.geteuid?.() && (status.mode & 0o077) === 0 && status.nlink <= 1;
  if (status.isFIFO() && isPrivate) return fd;
  closeSync(fd);
  throw new BusError(
    'ERR_PERMISSION',
    `${path} is not a FIFO of this user alone. It is not used; remove it, and it is made anew`,
    { channel },
  );
}
