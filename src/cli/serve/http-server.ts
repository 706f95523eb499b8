import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { BusError } from '../../platform/bus-error.js';
import { pause } from '../pause.js';
import type { BearerToken } from './bearer-token.js';
import { isLoopbackHost, type ListenAddress } from './listen-address.js';

/** What a path answers. */
export interface Answer {
  readonly status: number;
  /** Content type; default: plain text. */
  readonly type?: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `isKnown`: whether who asks may know everything; never false for a route that is not open. */
export interface Route {
  /** Whether it answers those without the token too. */
  readonly isOpen: boolean;
  readonly answer: (isKnown: boolean) => Promise<Answer>;
}

export interface HttpSettings {
  readonly listen: ListenAddress;
  /** Undefined: whoever reaches it may ask, as this machine names itself in the Host header. */
  readonly token: BearerToken | undefined;
  readonly routes: ReadonlyMap<string, Route>;
}

/** Connections that are served at a time. Those beyond are told so (503), and those beyond `DROPPED` are closed. */
export const CONNECTIONS_MAX = 100;
const DROPPED = 1500;
const HEADER_BYTES_MAX = 8192;
const HEADERS_MS = 5000;
const REQUEST_MS = 10_000;
/** Without a byte sent or received. */
const STILL_MS = 10_000;
/** Between two requests of a connection: longer than most scrape intervals. */
const KEEP_ALIVE_MS = 65_000;
/** For answers that are under way when it is told to end. */
const FAREWELL_MS = 1000;

const TEXT = 'text/plain; charset=utf-8';

/** A small HTTP server of a few paths that are only read: every limit is here, and nothing of a request is believed. */
export class HttpServer implements AsyncDisposable {
  private readonly server: Server;
  private readonly settings: HttpSettings;
  private readonly served = new Set<Socket>();

  private constructor(settings: HttpSettings) {
    this.settings = settings;
    this.server = createServer(
      { maxHeaderSize: HEADER_BYTES_MAX, connectionsCheckingInterval: 1000, keepAliveTimeout: KEEP_ALIVE_MS },
      (request, response) => void this.respond(request, response),
    );
    this.server.headersTimeout = HEADERS_MS;
    this.server.requestTimeout = REQUEST_MS;
    this.server.timeout = STILL_MS;
    this.server.maxConnections = DROPPED;
    this.server.on('connection', (socket: Socket) => {
      if (this.served.size >= CONNECTIONS_MAX) return;
      this.served.add(socket);
      socket.once('close', () => this.served.delete(socket));
    });
  }

  /** @throws BusError `ERR_RESOURCES` when it cannot listen there */
  static async listen(settings: HttpSettings): Promise<HttpServer> {
    const started = new HttpServer(settings);
    const { host, port } = settings.listen;
    started.server.listen({ host, port, backlog: DROPPED });
    try {
      await once(started.server, 'listening');
    } catch (cause) {
      const why = (cause as Error).message;
      throw new BusError('ERR_RESOURCES', `cannot listen on ${host}:${port}: ${why}; choose another with --listen`, {
        cause,
      });
    }
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
    await Promise.race([closed, pause(FAREWELL_MS)]);
    this.server.closeAllConnections();
    await closed;
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    let answer: Answer;
    try {
      const route = this.routeFor(request);
      answer = 'status' in route ? route : await route.answer(this.isKnown(request));
    } catch (error) {
      // of one request; the next may go well
      answer = { status: 500, body: `${(error as Error).message}\n` };
    }
    const { status, type = TEXT, headers, body } = answer;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    response.writeHead(status, {
      'Content-Type': type,
      'Content-Length': bytes.length,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      // who was refused, or is one too many, makes room
      ...(status >= 400 && status !== 503 ? { Connection: 'close' } : {}),
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }

  private isKnown({ headers }: IncomingMessage): boolean {
    const { token } = this.settings;
    return token === undefined || token.isIn(headers.authorization);
  }

  /** The route that a request asks for, or why it gets none. */
  private routeFor(request: IncomingMessage): Route | Answer {
    const { method, headers, socket, url = '' } = request;
    if (!this.served.has(socket))
      return refusal(503, `${CONNECTIONS_MAX} connections are open already; try again`, {
        Connection: 'close',
        'Retry-After': '1',
      });
    if (method !== 'GET' && method !== 'HEAD') return refusal(405, 'only GET and HEAD', { Allow: 'GET, HEAD' });
    if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0)
      return refusal(413, 'a request has no body here');
    const { token, routes } = this.settings;
    if (token === undefined && !isLoopbackHost(headers.host))
      return refusal(
        421,
        'expected a Host header of this machine, such as localhost; a token lifts this: --token-file',
      );
    const question = url.indexOf('?');
    const route = routes.get(question < 0 ? url : url.slice(0, question));
    if (route?.isOpen !== true && !this.isKnown(request))
      return refusal(401, 'expected Authorization: Bearer and the token', { 'WWW-Authenticate': 'Bearer' });
    if (route === undefined) return refusal(404, `there are ${[...routes.keys()].join(', ')}`);
    if (question >= 0 && url.length > question + 1) return refusal(400, 'expected no parameters');
    return route;
  }
}

function refusal(status: number, why: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: `${why}\n`, headers };
}
