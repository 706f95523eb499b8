import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { wakePath } from '../layout/directory.js';
import { removeFile } from '../layout/private-file.js';
import type { Segment } from '../layout/segment.js';
import { loadNative } from '../platform/load-native.js';
import { systemError } from '../platform/system-error.js';

/**
 * Lets an event loop sleep until a producer signals this consumer's FIFO. The FIFO is made at the first park and removed
 * at the close; signals coalesce: one read empties it.
 */
export class EventLoopParker {
  private readonly path: string;
  private readonly socket: Socket;
  private resolve: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(segment: Segment, slot: number) {
    this.path = wakePath(segment.directory, segment.channel, slot);
    removeFile(this.path);
    const made = loadNative().makeFifo(this.path);
    if (made < 0) throw systemError(made, `make the FIFO ${this.path}`, segment.channel);
    this.socket = new Socket({ fd: openFifo(this.path, segment.channel), readable: true, writable: false });
    this.socket.on('data', () => this.wake());
    this.socket.on('error', () => this.wake());
    this.socket.unref();
  }

  /** Resolves at the next signal, after `timeoutMs`, or when {@link wake} is called. Keeps the process alive meanwhile. */
  park(timeoutMs: number): Promise<void> {
    this.socket.ref();
    return new Promise((resolve) => {
      this.resolve = resolve;
      this.timer = setTimeout(() => this.wake(), timeoutMs);
    });
  }

  wake(): void {
    const { resolve } = this;
    if (resolve === undefined) return;
    this.resolve = undefined;
    clearTimeout(this.timer);
    this.socket.unref();
    resolve();
  }

  close(): void {
    this.wake();
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
