import type { IncomingMessage, ServerResponse } from 'node:http';
import { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { isOurHost, type Access } from './access.js';
import { answer, answerJson, refuse } from './answers.js';
import type { Asset } from './assets.js';
import { MESSAGES_MAX, recentMessages, type Decode } from './recent-messages.js';

const FORM_BYTES_MAX = 1024;

export interface Routes {
  readonly access: Access;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly directory: string;
  readonly decode: Decode;
  readonly listenHost: string;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Takes who wants to see it live; false when there are too many. */
  readonly watch: (response: ServerResponse) => boolean;
}

/** Answers one request. */
export function route(request: IncomingMessage, response: ServerResponse, routes: Routes): void {
  const { access, assets, listenHost } = routes;
  if (!isOurHost(request.headers.host, listenHost)) {
    const expected = "expected an address, localhost, this machine's name, or the name in --listen";
    return refuse(response, 403, 'ERR_HOST', `found another name in the Host header, ${expected}`);
  }
  const { pathname, searchParams } = address(request);
  if (pathname.startsWith('/api/') && request.headers['sec-fetch-site'] === 'cross-site')
    return refuse(response, 403, 'ERR_ORIGIN', 'found a request of another page, expected one of this dashboard');
  const isLogin = pathname === '/login';
  if (isLogin && request.method === 'POST') return logIn(request, response, routes);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const allowed = isLogin ? 'GET, HEAD, POST' : 'GET, HEAD';
    return refuse(response, 405, 'ERR_METHOD', `found ${request.method}, expected ${allowed}`, { Allow: allowed });
  }
  const asset = assets.get(pathname);
  if (asset?.isPublic !== true && !access.allows(request)) return demandToken(response, pathname);
  if (asset !== undefined) return answer(response, 200, asset.type, asset.body);
  if (pathname === '/api/live') return live(response, routes);
  if (pathname === '/api/messages') return messages(response, searchParams, routes);
  return refuse(response, 404, 'ERR_NOT_FOUND', 'there is nothing at this address');
}

function address({ url = '/' }: IncomingMessage): { pathname: string; searchParams: URLSearchParams } {
  const mark = url.indexOf('?');
  const pathname = mark < 0 ? url : url.slice(0, mark);
  return { pathname, searchParams: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) };
}

function demandToken(response: ServerResponse, pathname: string): void {
  if (pathname === '/') return answer(response, 303, 'text/plain', 'log in\n', { Location: '/login' });
  const message = 'found no valid token, expected it in an Authorization header (Bearer), or a login at /login';
  return refuse(response, 401, 'ERR_TOKEN', message, { 'WWW-Authenticate': 'Bearer realm="apbus dashboard"' });
}

/** Whether a form stands on a page of elsewhere. (One of ours sends the origin null, as it sends no referrer.) */
function isForeign({ headers: { origin, host, ...headers } }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && origin !== 'null' && origin !== `http://${host}` && origin !== `https://${host}`;
}

/** The form of /login. */
function logIn(request: IncomingMessage, response: ServerResponse, { access, nowMs }: Routes): void {
  if (isForeign(request))
    return refuse(response, 403, 'ERR_ORIGIN', 'found a form of another page, expected that of /login');
  let body = '';
  request.setEncoding('latin1').on('data', (piece: string) => {
    body += piece;
    if (body.length <= FORM_BYTES_MAX) return;
    request.removeAllListeners('data').removeAllListeners('end').resume();
    refuse(response, 413, 'ERR_TOO_LARGE', `expected at most ${FORM_BYTES_MAX} bytes`, { Connection: 'close' });
  });
  request.on('end', () => {
    const cookie = access.logIn(new URLSearchParams(body).get('token')?.trim() ?? '', nowMs());
    if (cookie === 'later') refuse(response, 429, 'ERR_TOO_MANY', 'too many wrong tokens; try again in a minute');
    else if (cookie === undefined) answer(response, 303, 'text/plain', 'wrong token\n', { Location: '/login?wrong' });
    else answer(response, 303, 'text/plain', 'logged in\n', { Location: '/', 'Set-Cookie': cookie });
  });
}

function live(response: ServerResponse, { watch }: Routes): void {
  if (response.req.method === 'HEAD') return answer(response, 200, 'text/event-stream', '');
  if (watch(response)) return undefined;
  const message = 'as many are watching as may at a time; close another page of this dashboard, or try again';
  return refuse(response, 503, 'ERR_TOO_MANY', message, { 'Retry-After': '5', Connection: 'close' });
}

function messages(response: ServerResponse, query: URLSearchParams, { directory, decode }: Routes): void {
  const stray = [...query.keys()].find((key) => !['channel', 'from', 'limit'].includes(key));
  if (stray !== undefined) return invalid(response, stray, 'channel, from and limit only');
  const channel = query.get('channel') ?? '';
  if (!/^[\w.-]{1,200}$/.test(channel)) return invalid(response, 'channel', 'the name of a channel');
  const from = query.get('from') ?? 'latest';
  if (from !== 'oldest' && from !== 'latest' && !/^\d{1,15}$/.test(from))
    return invalid(response, 'from', 'oldest, latest, or a sequence');
  const limit = Number(query.get('limit') ?? '50');
  if (!Number.isInteger(limit) || limit < 1 || limit > MESSAGES_MAX)
    return invalid(response, 'limit', `1 to ${MESSAGES_MAX}`);
  let segment: Segment | undefined;
  try {
    segment = Segment.openExisting(directory, channel, { ringWritable: false });
    if (segment === undefined) {
      const message = `channel ${channel} has no segment: it was never made, or was removed`;
      return refuse(response, 404, 'ERR_UNKNOWN_CHANNEL', message);
    }
    const place = from === 'oldest' || from === 'latest' ? from : Number(from);
    return answerJson(response, 200, recentMessages(segment, place, limit, decode));
  } catch (error) {
    if (!BusError.is(error)) throw error;
    return refuse(response, 422, error.code, error.message);
  } finally {
    segment?.close();
  }
}

function invalid(response: ServerResponse, what: string, expected: string): void {
  refuse(response, 400, 'ERR_INVALID_ARGUMENT', `${what.slice(0, 40)}: expected ${expected}`);
}
