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
/** While nobody watches, it looks so often, or as often as it would otherwise, if that is less. */
const UNWATCHED_MS = 2000;
/** Then it takes no more than one in so many parts of a processor. */
const PROCESSOR_SHARE = 40;
/** When it has not looked for so long, and for several times as long as it meant to, it was stopped, or the machine was. */
const GAP_MS = 5000;
const GAP_PACES = 3;

/** Time, from outside. */
export interface Timing {
  /** Monotonic, and since the epoch. */
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** What this process has taken of a processor. */
  readonly processorMs: () => number;
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

/** Serves the page and what it shows. It looks at the channels once for all who watch, and seldom while nobody does. */
export class DashboardServer {
  private readonly settings: DashboardSettings;
  private readonly looks: Looks;
  private readonly clients: LiveClients;
  private server!: HttpServer;
  private stop: (() => void) | undefined;
  private isWatched = false;
  private isClosed = false;
  private looking: Promise<void> | undefined;
  /** Of the last look: when it began, how long it took, by a processor too, and after how long the next one was to begin. */
  private lastMs = -Infinity;
  private lastWallMs = Infinity;
  private tookMs = 0;
  private tookProcessorMs = 0;
  private lastPaceMs = 0;

  /**
   * Answers after a first look.
   *
   * @throws BusError as {@link HttpServer.listen}
   */
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
        history: dashboard.looks.history,
        decode,
        nowMs: timing.nowMs,
        hasRoom: () => dashboard.clients.size < clientsMax,
        watch: (response) => dashboard.watch(response),
      }),
    });
    await dashboard.look();
    dashboard.setPace();
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
    this.isClosed = true;
    this.stop?.();
    this.clients.close();
    await this.looking;
    await this.server[Symbol.asyncDispose]();
    this.looks[Symbol.dispose]();
  }

  private watch(response: ServerResponse): void {
    response.req.socket.setNoDelay(true);
    this.clients.add(response);
    response.req.socket.once('close', () => this.setPace());
    this.clients.send(response, 'look', JSON.stringify(this.looks.whole()));
    // rates of less time than that would say little; and what was sent is not old then
    const isOld = this.settings.timing.nowMs() - this.lastMs >= this.settings.intervalMs / 2;
    if (this.setPace() && isOld) void this.look();
  }

  /** Looks as often as it should, from now on; answers whether somebody has begun to watch. */
  private setPace(): boolean {
    const isWatched = this.clients.size > 0;
    if (this.stop !== undefined && isWatched === this.isWatched) return false;
    this.stop?.();
    this.stop = undefined;
    if (this.isClosed) return false;
    this.isWatched = isWatched;
    this.lastPaceMs = Math.max(this.lastPaceMs, this.paceMs);
    const { timing } = this.settings;
    const ends = [timing.every(this.intervalMs, () => void this.look())];
    if (isWatched) ends.push(timing.every(BEAT_MS, () => this.clients.beat()));
    this.stop = () => ends.forEach((end) => end());
    return isWatched;
  }

  private get intervalMs(): number {
    const { intervalMs } = this.settings;
    return this.isWatched ? intervalMs : Math.max(intervalMs, UNWATCHED_MS);
  }

  /** From one look to the next, as it means to. */
  private get paceMs(): number {
    return Math.max(this.intervalMs, this.restMs);
  }

  /** From the beginning of the last look until it may look again: it rests for as long as that took, or much longer. */
  private get restMs(): number {
    return this.isWatched ? 2 * this.tookMs : PROCESSOR_SHARE * this.tookProcessorMs;
  }

  /** One look for all; none while the last one has not ended, and it has rested for long enough. */
  private async look(): Promise<void> {
    if (this.looking !== undefined || this.settings.timing.nowMs() < this.lastMs + this.restMs) return;
    this.looking = this.lookNow();
    await this.looking;
    this.looking = undefined;
  }

  private async lookNow(): Promise<void> {
    const { timing } = this.settings;
    const [nowMs, wallMs, processorMs] = [timing.nowMs(), timing.wallMs(), timing.processorMs()];
    const isAfterGap = wallMs - this.lastWallMs > Math.max(GAP_MS, GAP_PACES * this.lastPaceMs);
    try {
      const look = await this.looks.look({ nowMs, wallMs, isAfterGap });
      if (this.clients.size > 0 && !this.isClosed) this.clients.broadcast('look', JSON.stringify(look));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.isClosed) this.clients.broadcast('fault', JSON.stringify({ reason }));
    }
    this.tookMs = timing.nowMs() - nowMs;
    this.tookProcessorMs = timing.processorMs() - processorMs;
    this.lastMs = nowMs;
    this.lastWallMs = wallMs;
    this.lastPaceMs = this.paceMs;
  }
}
