import { constants, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { wakePath } from '../layout/directory.js';
import { removeFile } from '../layout/private-file.js';
import type { Segment } from '../layout/segment.js';
import { lateNet } from '../platform/late-modules.js';
import { loadNative } from '../platform/load-native.js';
import { systemError } from '../platform/system-error.js';

/**
 * The FIFO of a consumer's slot, by which producers wake its event loop. It is made when that first sleeps and removed at
 * the close; signals coalesce: one read empties it. It does not keep the process alive.
 */
export class WakeFifo {
  private readonly path: string;
  private readonly socket: Socket;

  constructor(segment: Segment, slot: number, onSignal: () => void) {
    this.path = wakePath(segment.directory, segment.channel, slot);
    removeFile(this.path);
    const made = loadNative().makeFifo(this.path);
    if (made < 0) throw systemError(made, `make the FIFO ${this.path}`, segment.channel);
    const fd = openFifo(this.path, segment.channel);
    this.socket = new (lateNet().Socket)({ fd, readable: true, writable: false });
    this.socket.on('data', onSignal);
    this.socket.on('error', onSignal);
    this.socket.unref();
  }

  close(): void {
    this.socket.destroy();
    removeFile(this.path);
  }
}

/** A descriptor of the event loop's own, which closes it; read-write, as a FIFO without writers would be at its end. */
function openFifo(path: string, channel: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    removeFile(path);
    throw systemError((error as NodeJS.ErrnoException).errno ?? 0, `open the FIFO ${path}`, channel);
  }
}
