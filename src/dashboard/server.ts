import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { BusError } from '../platform/bus-error.js';
import { Access, isLoopback } from './access.js';
import { refuse } from './answers.js';
import { readAssets } from './assets.js';
import { LiveClients } from './live-clients.js';
import { Looks, type LooksSettings } from './looks.js';
import type { Decode } from './recent-messages.js';
import { route, type Routes } from './routes.js';

/** Connections beyond these, besides those that watch, are told to come again. */
const CONNECTIONS_MAX = 256;
/** And beyond these hung up on. */
const SOCKETS_MAX = 1280;
const BEAT_MS = 15_000;

/** Time, from outside. */
export interface Timing {
  /** Monotonic, and since the epoch. */
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** Calls again and again; answers how to end it. */
  readonly every: (ms: number, call: () => void) => () => void;
}

export interface DashboardSettings extends LooksSettings {
  /** So many may watch at a time. */
  readonly clientsMax: number;
  /** Without one everybody who reaches it may look. */
  readonly token: string | undefined;
  readonly decode: Decode;
  readonly timing: Timing;
  /** What one client may leave unread, bytes; 4 MiB unless it is said. */
  readonly backlogBytesMax?: number;
}

/** Serves the page and what it shows. It looks at the channels while somebody watches, once for all of them. */
export class DashboardServer {
  private readonly settings: DashboardSettings;
  private readonly looks: Looks;
  private readonly clients: LiveClients;
  private readonly server: Server;
  private stop: (() => void) | undefined;
  private isLooking = false;
  /** When it may look again. */
  private restsUntilMs = -Infinity;

  /**
   * @throws BusError `ERR_INVALID_ARGUMENT` without a token for an address that others reach, `ERR_RESOURCES` when it
   * cannot listen there
   */
  static async listen(settings: DashboardSettings, host: string, port: number): Promise<DashboardServer> {
    if (settings.token === undefined && !isLoopback(host)) {
      const expected = 'expected a token, as others can reach that address';
      throw new BusError('ERR_INVALID_ARGUMENT', `--listen: found ${host} and no token, ${expected}`);
    }
    const dashboard = new DashboardServer(settings, host);
    try {
      await new Promise<void>((resolve, reject) => {
        dashboard.server.once('error', reject).listen({ host, port }, resolve);
      });
    } catch (cause) {
      const message = `cannot listen at ${host}, port ${port}: ${(cause as Error).message}; choose another with --listen`;
      throw new BusError('ERR_RESOURCES', message, { cause });
    }
    dashboard.server.on('error', () => undefined);
    return dashboard;
  }

  private constructor(settings: DashboardSettings, host: string) {
    this.settings = settings;
    const { directory, token, decode, timing, backlogBytesMax } = settings;
    this.looks = new Looks(settings);
    this.clients = new LiveClients(backlogBytesMax);
    const routes: Routes = {
      access: new Access(token),
      assets: readAssets(),
      directory,
      decode,
      listenHost: host.toLowerCase(),
      nowMs: timing.nowMs,
      watch: (response) => this.watch(response),
    };
    const limits = { maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000 };
    this.server = createServer({ ...limits, connectionsCheckingInterval: 2000 }, (request, response) =>
      this.handle(request, response, routes),
    );
    this.server.maxConnections = SOCKETS_MAX;
    this.server.on('clientError', ({ code }: Error & { code?: string }, socket: Socket) => {
      const status = code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      if (!socket.writable) socket.destroy();
      else socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** How many watch. */
  get watching(): number {
    return this.clients.size;
  }

  async close(): Promise<void> {
    this.rest();
    this.clients.close();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
    this.looks[Symbol.dispose]();
  }

  private handle(request: IncomingMessage, response: ServerResponse, routes: Routes): void {
    this.server.getConnections((_error, count) => {
      if (count - this.clients.size <= CONNECTIONS_MAX) return this.answer(request, response, routes);
      const message = `found more than ${CONNECTIONS_MAX} connections; try again`;
      return refuse(response, 503, 'ERR_TOO_MANY', message, { 'Retry-After': '5', Connection: 'close' });
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse, routes: Routes): void {
    try {
      route(request, response, routes);
    } catch (error) {
      // what a segment holds may be anything: the others go on
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'ERR_INTERNAL', error instanceof Error ? error.message : String(error));
    }
  }

  private watch(response: ServerResponse): boolean {
    if (this.clients.size >= this.settings.clientsMax) return false;
    response.req.socket.setNoDelay(true);
    this.clients.add(response);
    response.once('close', () => {
      if (this.clients.size === 0) this.rest();
    });
    this.clients.send(response, 'look', JSON.stringify(this.looks.whole()));
    this.work();
    return true;
  }

  private work(): void {
    if (this.stop !== undefined) return;
    const { timing, intervalMs } = this.settings;
    const ends = [timing.every(intervalMs, () => void this.look()), timing.every(BEAT_MS, () => this.clients.beat())];
    this.stop = () => ends.forEach((end) => end());
    void this.look();
  }

  private rest(): void {
    this.stop?.();
    this.stop = undefined;
    this.looks.rest();
  }

  /** One look for all; none while the last one has not ended, and it has rested for as long as that took. */
  private async look(): Promise<void> {
    const { timing } = this.settings;
    const beganMs = timing.nowMs();
    if (this.isLooking || beganMs < this.restsUntilMs) return;
    this.isLooking = true;
    try {
      const look = await this.looks.look(beganMs, timing.wallMs());
      if (this.stop !== undefined) this.clients.broadcast('look', JSON.stringify(look));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.clients.broadcast('fault', JSON.stringify({ reason }));
    } finally {
      this.isLooking = false;
      const endedMs = timing.nowMs();
      this.restsUntilMs = 2 * endedMs - beganMs;
    }
  }
}
