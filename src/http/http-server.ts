import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { BusError } from '../platform/bus-error.js';
import type { AccessToken } from './access-token.js';
import { refusalAsText, send, type Answer, type Refusal, type WholeAnswer } from './answer.js';
import { Gate, refusal, type Admitted, type Route } from './gate.js';
import { isLoopback, type ListenAddress } from './listen-address.js';

export interface HttpSettings {
  readonly listen: ListenAddress;
  /** Undefined: whoever reaches it may ask; then it listens on loopback alone. */
  readonly token: AccessToken | undefined;
  /** Another way to be known than by the token in the Authorization header. */
  readonly isKnown?: (request: IncomingMessage) => boolean;
  readonly routes: ReadonlyMap<string, Route>;
  /** Connections that are served at a time; default 100. Those beyond are told so (503), and those far beyond are closed. */
  readonly connectionsMax?: number;
  /** How it says no; default: as plain text. */
  readonly refuse?: (refusal: Refusal) => WholeAnswer;
}

const CONNECTIONS_MAX = 100;
/** So many more are told that there is no room. */
const TOLD_MAX = 1400;
const HEADER_BYTES_MAX = 8192;
const HEADERS_MS = 5000;
const REQUEST_MS = 10_000;
/** Without a byte sent or received. */
const STILL_MS = 10_000;
/** Between two requests of a connection: longer than most scrape intervals. */
const KEEP_ALIVE_MS = 65_000;
/** For answers that are under way when it is told to end. */
const FAREWELL_MS = 1000;

/**
 * A small HTTP server of a few paths, which look and change nothing: what `apbus serve` and `apbus dashboard` listen with.
 * Every limit is here, and who is answered at all is decided by {@link Gate}.
 */
export class HttpServer implements AsyncDisposable {
  private readonly server: Server;
  private readonly gate: Gate;
  private readonly refuse: (refusal: Refusal) => WholeAnswer;
  private readonly connectionsMax: number;
  private readonly served = new Set<Socket>();
  /** Those on which an answer goes on. */
  private readonly streaming = new WeakSet<Socket>();

  private constructor({ listen, token, isKnown, routes, ...settings }: HttpSettings) {
    this.gate = new Gate({ listenHost: listen.host, token, isKnown, routes });
    this.refuse = settings.refuse ?? refusalAsText;
    this.connectionsMax = settings.connectionsMax ?? CONNECTIONS_MAX;
    this.server = createServer(
      { maxHeaderSize: HEADER_BYTES_MAX, connectionsCheckingInterval: 1000, keepAliveTimeout: KEEP_ALIVE_MS },
      (request, response) => void this.respond(request, response),
    );
    this.server.headersTimeout = HEADERS_MS;
    this.server.requestTimeout = REQUEST_MS;
    this.server.timeout = STILL_MS;
    this.server.maxConnections = this.connectionsMax + TOLD_MAX;
    this.server.on('connection', (socket: Socket) => {
      if (this.served.size >= this.connectionsMax) return;
      this.served.add(socket);
      socket.once('close', () => this.served.delete(socket));
    });
  }

  /**
   * @throws BusError `ERR_INVALID_ARGUMENT` without a token for an address that others reach, `ERR_RESOURCES` when it cannot
   * listen there
   */
  static async listen(settings: HttpSettings): Promise<HttpServer> {
    const { host, port } = settings.listen;
    if (settings.token === undefined && !isLoopback(host))
      throw new BusError(
        'ERR_INVALID_ARGUMENT',
        `--listen: others can reach ${host}; expected --token-file with it, or an address of this machine alone`,
      );
    const started = new HttpServer(settings);
    started.server.listen({ host, port, backlog: started.server.maxConnections });
    try {
      await once(started.server, 'listening');
    } catch (cause) {
      const message = `cannot listen at ${host}, port ${port}: ${(cause as Error).message}; choose another with --listen`;
      throw new BusError('ERR_RESOURCES', message, { cause });
    }
    // of a connection that could not be taken: the others go on
    started.server.on('error', () => undefined);
    return started;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no more requests, and lets go of connections when what is under way is answered, or a second later. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeIdleConnections();
    const late = setTimeout(() => this.server.closeAllConnections(), FAREWELL_MS);
    await closed;
    clearTimeout(late);
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // the other side is gone: nobody is left to be told
    response.on('error', () => undefined);
    const found = this.served.has(request.socket) ? this.gate.admit(request) : this.noRoom();
    try {
      const answer = 'route' in found ? await this.answer(request, found) : this.sayable(found);
      if ('begin' in answer && !this.beginStream(request.socket)) return;
      send(response, answer);
    } catch (error) {
      // of one request, as what a segment holds may be anything; the next may go well
      if (response.headersSent) return void response.destroy();
      const isKnown = 'isKnown' in found && found.isKnown;
      const message = isKnown ? (error as Error).message : 'this went wrong; its reason is for those with the token';
      send(response, this.refuse({ status: 500, code: 'ERR_INTERNAL', message }));
    }
  }

  /** Of two that go on, on one connection, the second would wait for its turn, and pile up, for ever. */
  private beginStream(socket: Socket): boolean {
    if (this.streaming.has(socket)) {
      socket.destroy();
      return false;
    }
    this.streaming.add(socket);
    // it may be still for longer than a request may
    socket.setTimeout(0);
    return true;
  }

  private async answer(request: IncomingMessage, { route, ...asked }: Admitted): Promise<Answer> {
    const { formBytesMax = 0 } = route;
    const body = asked.method === 'POST' ? await bodyOf(request, formBytesMax) : '';
    if (body === undefined)
      return this.refuse(refusal(413, 'ERR_TOO_LARGE', `found more, expected at most ${formBytesMax} bytes`));
    return route.answer({ ...asked, body });
  }

  private sayable(found: Refusal | Answer): Answer {
    return 'code' in found ? this.refuse(found) : found;
  }

  private noRoom(): Refusal {
    const message = `${this.connectionsMax} connections are open already; try again`;
    return refusal(503, 'ERR_TOO_MANY', message, { 'Retry-After': '5' });
  }
}

/** Undefined when it is longer than that. */
function bodyOf(request: IncomingMessage, bytesMax: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let body = '';
    request.setEncoding('latin1').on('data', (piece: string) => {
      body += piece;
      if (body.length <= bytesMax) return;
      request.removeAllListeners('data').resume();
      resolve(undefined);
    });
    request.once('end', () => resolve(body)).once('error', reject);
  });
}
