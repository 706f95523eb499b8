import type { ServerResponse } from 'node:http';
import type { AccessToken } from '../http/access-token.js';
import { HttpServer } from '../http/http-server.js';
import type { ListenAddress } from '../http/listen-address.js';
import { refusalAsJson } from './answers.js';
import { readAssets } from './assets.js';
import { LiveClients } from './live-clients.js';
import { Login } from './login.js';
import { Looks, type LooksSettings } from './looks.js';
import type { Decode } from './recent-messages.js';
import { routesOf } from './routes.js';

/** Connections besides those that watch. */
const CONNECTIONS_MAX = 256;
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
  readonly token: AccessToken | undefined;
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
  private server!: HttpServer;
  private stop: (() => void) | undefined;
  private isLooking = false;
  /** When it may look again. */
  private restsUntilMs = -Infinity;

  /** @throws BusError as {@link HttpServer.listen} */
  static async listen(settings: DashboardSettings, listen: ListenAddress): Promise<DashboardServer> {
    const dashboard = new DashboardServer(settings);
    const { token, clientsMax, directory, decode, timing } = settings;
    const login = new Login(token);
    dashboard.server = await HttpServer.listen({
      listen,
      token,
      isKnown: (request) => login.isKnown(request),
      connectionsMax: CONNECTIONS_MAX + clientsMax,
      refuse: refusalAsJson,
      routes: routesOf({
        login,
        assets: readAssets(),
        directory,
        decode,
        nowMs: timing.nowMs,
        hasRoom: () => dashboard.clients.size < clientsMax,
        watch: (response) => dashboard.watch(response),
      }),
    });
    return dashboard;
  }

  private constructor(settings: DashboardSettings) {
    this.settings = settings;
    this.looks = new Looks(settings);
    this.clients = new LiveClients(settings.backlogBytesMax);
  }

  get port(): number {
    return this.server.port;
  }

  /** How many watch. */
  get watching(): number {
    return this.clients.size;
  }

  async close(): Promise<void> {
    this.rest();
    this.clients.close();
    await this.server[Symbol.asyncDispose]();
    this.looks[Symbol.dispose]();
  }

  private watch(response: ServerResponse): void {
    response.req.socket.setNoDelay(true);
    this.clients.add(response);
    response.req.socket.once('close', () => {
      if (this.clients.size === 0) this.rest();
    });
    this.clients.send(response, 'look', JSON.stringify(this.looks.whole()));
    this.work();
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
      // the last one left meanwhile: nothing is to stay mapped for nobody
      else this.looks.rest();
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
