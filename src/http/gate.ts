import type { IncomingMessage } from 'node:http';
import type { AccessToken } from './access-token.js';
import type { Answer, Refusal } from './answer.js';
import { isOurHost } from './listen-address.js';

/** What somebody asks, of whom all else is known to be in order. */
export interface Asked {
  /** HEAD is GET: of its answer nothing but the headers is sent. */
  readonly method: 'GET' | 'POST';
  /** Whether who asks may know everything; never false for a route that is not open. */
  readonly isKnown: boolean;
  readonly query: URLSearchParams;
  /** As the Host header has it: by which name and port whoever asks has come here. */
  readonly host: string;
  /** Of a POST; bytes as Latin-1. */
  readonly body: string;
}

/** What one path answers. */
export interface Route {
  /** Whether it answers those without the token too. */
  readonly isOpen: boolean;
  readonly answer: (asked: Asked) => Answer | Promise<Answer>;
  /** Names that may stand in its query; default: none. */
  readonly parameters?: readonly string[];
  /** Bytes that a POST may have; default: it takes none. */
  readonly formBytesMax?: number;
  /** What those without the token get in place of a refusal. */
  readonly toUnknown?: Answer;
}

export interface GateSettings {
  readonly listenHost: string;
  /** Undefined: whoever reaches it may ask. */
  readonly token: AccessToken | undefined;
  /** Another way to be known than by the token in the Authorization header. */
  readonly isKnown?: ((request: IncomingMessage) => boolean) | undefined;
  readonly routes: ReadonlyMap<string, Route>;
}

/** A request that is let in; its body is not read yet. */
export interface Admitted extends Omit<Asked, 'body'> {
  readonly route: Route;
}

/** Judges requests by all but their body: nothing of them is believed. */
export class Gate {
  private readonly settings: GateSettings;

  constructor(settings: GateSettings) {
    this.settings = settings;
  }

  admit(request: IncomingMessage): Admitted | Refusal | Answer {
    const { method = '', headers, url = '' } = request;
    const { token, listenHost, routes } = this.settings;
    const saysToken = token?.isIn(headers.authorization) === true;
    // whoever has the token is no page of elsewhere, by whatever name it found the way here
    if (!saysToken && !isOurHost(headers.host, listenHost)) return WRONG_HOST;
    const isPost = method === 'POST';
    if (isForeign(request, isPost)) return FOREIGN;
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const route = routes.get(path);
    const takesPost = route?.formBytesMax !== undefined;
    if (method !== 'GET' && method !== 'HEAD' && !(isPost && takesPost)) return wrongMethod(method, takesPost);
    const isKnown = token === undefined || saysToken || this.settings.isKnown?.(request) === true;
    if (!isKnown && route?.isOpen !== true) return route?.toUnknown ?? UNKNOWN;
    if (route === undefined)
      return refusal(
        404,
        'ERR_NOT_FOUND',
        `there is nothing at this address; there are ${[...routes.keys()].join(', ')}`,
      );
    const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
    const { parameters = [] } = route;
    const stray = [...query.keys()].find((key) => !parameters.includes(key));
    if (stray !== undefined) return wrongParameter(stray, parameters);
    if (!isPost && hasBody(request))
      return refusal(413, 'ERR_TOO_LARGE', 'found a body, expected a request without one');
    return { route, method: isPost ? 'POST' : 'GET', isKnown, query, host: headers.host ?? '' };
  }
}

const WRONG_HOST = refusal(
  421,
  'ERR_HOST',
  "found another name in the Host header, expected an address, localhost, this machine's name, or the name in --listen; or the token",
);
const FOREIGN = refusal(403, 'ERR_ORIGIN', 'found a request of another page, expected one of this server');
const UNKNOWN = refusal(
  401,
  'ERR_TOKEN',
  'found no valid token, expected it in an Authorization header: Bearer TOKEN',
  { 'WWW-Authenticate': 'Bearer' },
);

/** Of what is not let in: it makes room for others. */
export function refusal(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return { status, code, message, headers: { ...headers, Connection: 'close' } };
}

function wrongMethod(method: string, takesPost: boolean): Refusal {
  const allowed = takesPost ? 'GET, HEAD, POST' : 'GET, HEAD';
  return refusal(405, 'ERR_METHOD', `found ${method}, expected ${allowed}`, { Allow: allowed });
}

function wrongParameter(stray: string, parameters: readonly string[]): Refusal {
  const expected = parameters.length === 0 ? 'no parameters' : `${parameters.join(', ')} only`;
  return refusal(400, 'ERR_INVALID_ARGUMENT', `${JSON.stringify(stray.slice(0, 40))}: expected ${expected}`);
}

/**
 * Whether it comes from a page of elsewhere. Such a page may lead somebody here, by a link, and no more: not load anything
 * from here, and not send a form. (A form of ours sends the origin null, as it sends no referrer.)
 */
function isForeign({ headers: { origin, host, ...headers } }: IncomingMessage, isPost: boolean): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && isPost) return site !== 'same-origin' && site !== 'none';
  if (site !== undefined) return site === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
  const isOurs = origin === undefined || origin === 'null' || [`http://${host}`, `https://${host}`].includes(origin);
  return isPost && !isOurs;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
