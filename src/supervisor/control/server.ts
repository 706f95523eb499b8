import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { BusError, type BusErrorCode } from '../../platform/bus-error.js';
import type { ServiceStatus } from '../events.js';
import type { Timers } from '../timers.js';
import { BoundedLines } from './bounded-lines.js';
import { idOf, readRequest, REQUEST_BYTES_MAX, type ControlAnswer, type ControlRequest } from './messages.js';
import { SocketAddress } from './socket-place.js';

/** More at a time are refused, and hung up on when there are twice as many. */
export const CONNECTIONS_MAX = 32;
/** So long a request may take to come in, and its answers to be read. */
export const IDLE_MS = 5000;

/** Does what a request asks for, and tells of each service as it stands then. */
export type Handle = (request: ControlRequest, tell: (status: ServiceStatus) => void) => Promise<void>;

/**
 * Listens in the bus directory for those who want to know how the services do, or to act on them: one request for each
 * connection, a line of JSON, answered by lines of JSON. Whatever comes in, the supervisor goes on.
 */
export class ControlServer {
  private readonly address: SocketAddress;
  private readonly server: Server;
  private readonly handle: Handle;
  private readonly timers: Timers;
  /** Those that are owed no answer. */
  private readonly idle = new Set<Socket>();
  private connections = 0;

  /**
   * Only the one that leads may do this: what a killed leader left in this place is removed.
   *
   * @throws an error of the system when it cannot listen there
   */
  static async listen(directory: string, handle: Handle, timers: Timers): Promise<ControlServer> {
    const address = new SocketAddress(directory);
    const control = new ControlServer(address, handle, timers);
    try {
      rmSync(address.path, { force: true });
      await new Promise<void>((resolve, reject) => {
        control.server.once('error', reject).listen({ path: address.path, exclusive: true }, resolve);
      });
      // its directory is this user's alone, so nobody was faster
      chmodSync(address.path, 0o600);
    } catch (error) {
      control.server.close();
      address.close();
      throw error;
    }
    return control;
  }

  private constructor(address: SocketAddress, handle: Handle, timers: Timers) {
    this.address = address;
    this.handle = handle;
    this.timers = timers;
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.accept(socket));
    // one that cannot be accepted (no descriptors are left) is not heard; the next one may be
    this.server.on('error', () => undefined);
    // the services keep the supervisor running, not those who might ask for them
    this.server.unref();
  }

  /** Listens no longer; those whose request is complete still get their answer. */
  close(): void {
    this.server.close();
    rmSync(this.address.path, { force: true });
    this.address.close();
    for (const socket of this.idle) socket.destroy();
  }

  private accept(socket: Socket): void {
    this.connections += 1;
    const talk = new Talk(socket, this.timers);
    socket.once('close', () => {
      this.connections -= 1;
      this.idle.delete(socket);
    });
    this.idle.add(socket);
    if (this.connections > 2 * CONNECTIONS_MAX) socket.destroy();
    else if (this.connections > CONNECTIONS_MAX)
      talk.refuse('ERR_RESOURCES', `found more than ${CONNECTIONS_MAX} connections; try again`);
    else this.read(socket, talk);
  }

  /** Takes the first line; what follows it is not read. */
  private read(socket: Socket, talk: Talk): void {
    const lines = new BoundedLines(REQUEST_BYTES_MAX);
    const read = (line: string): void => {
      socket.pause().off('data', onData).off('end', onEnd);
      this.idle.delete(socket);
      void this.answer(line, talk);
    };
    const onData = (piece: Buffer): void => {
      // its time was over: it was told that nothing is done for it
      if (talk.isOver) return;
      const complete = lines.add(piece);
      if (complete === undefined) {
        talk.refuse('ERR_INVALID_ARGUMENT', `found a longer request, expected at most ${REQUEST_BYTES_MAX} bytes`);
      } else if (complete[0] !== undefined) read(complete[0]);
    };
    const onEnd = (): void => {
      if (!talk.isOver) read(lines.take());
    };
    socket.on('data', onData).on('end', onEnd);
  }

  private async answer(line: string, talk: Talk): Promise<void> {
    talk.id = idOf(line);
    try {
      const request = readRequest(line);
      talk.say({ id: talk.id, supervisor: process.pid });
      await this.handle(request, (service) => talk.say({ id: talk.id, service }));
      talk.end({ id: talk.id, done: true });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      talk.refuse(BusError.is(error) ? error.code : 'ERR_RESOURCES', message);
    }
  }
}

/** One connection, from the side that answers. It ends when all is said, or the other side is silent for too long. */
class Talk {
  id: string | null = null;
  /** All was said. */
  isOver = false;
  private readonly socket: Socket;
  private readonly timers: Timers;
  private cancel: () => void;

  constructor(socket: Socket, timers: Timers) {
    this.socket = socket;
    this.timers = timers;
    this.cancel = timers.after(IDLE_MS, () =>
      this.refuse('ERR_TIMEOUT', `found no request within ${IDLE_MS} ms, expected a line of JSON`),
    );
    // the other side is gone: nobody is left to be told
    socket.on('error', () => undefined);
    socket.once('close', () => this.cancel());
  }

  say(answer: ControlAnswer): void {
    this.cancel();
    if (this.socket.writable) this.socket.write(`${JSON.stringify(answer)}\n`);
  }

  end(answer: ControlAnswer): void {
    this.say(answer);
    this.isOver = true;
    this.cancel = this.timers.after(IDLE_MS, () => this.socket.destroy());
    // one that is closed while the other side writes would take the answer with it
    this.socket.end();
    this.socket.resume();
  }

  refuse(code: BusErrorCode, message: string): void {
    this.end({ id: this.id, error: { code, message } });
  }
}
