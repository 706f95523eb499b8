import type { ServerResponse } from 'node:http';
import type { Answer, StreamedAnswer } from '../http/answer.js';
import type { Asked, Route } from '../http/gate.js';
import { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { json, redirect, refusalAsJson, TYPES } from './answers.js';
import type { Asset } from './assets.js';
import type { History } from './history.js';
import type { Login } from './login.js';
import { MESSAGES_MAX, recentMessages, type Decode } from './recent-messages.js';

const FORM_BYTES_MAX = 1024;
/** What login.html says of a token that was wrong: there when it was. */
const WRONG_HIDDEN = '<p id="wrong" class="fault" hidden>';
const WRONG_SHOWN = '<p id="wrong" class="fault">';
/** Of a file, in any directory that Linux knows. */
const NAME_MAX = 255;

export interface RouteSettings {
  readonly login: Login;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly directory: string;
  readonly history: History;
  readonly decode: Decode;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Whether one more may watch; who then begins to watch, as long as nothing else has happened. */
  readonly hasRoom: () => boolean;
  readonly watch: (response: ServerResponse) => void;
}

/** All addresses of the dashboard. There are no others: an address never becomes a path. */
export function routesOf(settings: RouteSettings): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  for (const [path, asset] of settings.assets) routes.set(path, assetRoute(asset));
  const { login, nowMs } = settings;
  const page = routes.get('/')!;
  const form = settings.assets.get('/login')!;
  const wrong = Buffer.from(form.body.toString().replace(WRONG_HIDDEN, WRONG_SHOWN));
  routes.set('/', { ...page, toUnknown: redirect('/login', 'log in') });
  routes.set('/login', {
    isOpen: true,
    // said of a token that was wrong
    parameters: ['wrong'],
    formBytesMax: FORM_BYTES_MAX,
    answer: (asked) => {
      if (asked.method === 'POST') return logIn(asked, login, nowMs());
      return { status: 200, type: form.type, body: asked.query.has('wrong') ? wrong : form.body };
    },
  });
  routes.set('/api/live', { isOpen: false, answer: () => live(settings) });
  routes.set('/api/messages', {
    isOpen: false,
    parameters: ['channel', 'from', 'limit'],
    answer: ({ query }) => messages(query, settings),
  });
  routes.set('/api/history', {
    isOpen: false,
    parameters: ['channel'],
    answer: ({ query }) => history(query, settings),
  });
  return routes;
}

function assetRoute({ type, body, isPublic }: Asset): Route {
  return { isOpen: isPublic, answer: () => ({ status: 200, type, body }) };
}

/** The form of /login. */
function logIn({ body, host }: Asked, login: Login, nowMs: number): Answer {
  const cookie = login.logIn(new URLSearchParams(body).get('token')?.trim() ?? '', host, nowMs);
  if (cookie === 'later') return refuse(429, 'ERR_TOO_MANY', 'too many wrong tokens; try again in a minute');
  if (cookie === undefined) return redirect('/login?wrong', 'wrong token');
  return redirect('/', 'logged in', { 'Set-Cookie': cookie });
}

function live({ hasRoom, watch }: RouteSettings): Answer {
  if (!hasRoom()) {
    const message = 'as many are watching as may at a time; close another page of this dashboard, or try again';
    return refuse(503, 'ERR_TOO_MANY', message, { 'Retry-After': '5', Connection: 'close' });
  }
  return { type: TYPES.events, headers: { 'X-Accel-Buffering': 'no' }, begin: watch } satisfies StreamedAnswer;
}

/** Of a channel that was never seen it is empty: a page may ask before there is anything. */
function history(query: URLSearchParams, settings: RouteSettings): Answer {
  const channel = query.get('channel') ?? '';
  if (channel === '' || channel.length > NAME_MAX) return invalid('channel', 'the name of a channel');
  return json(200, settings.history.of(channel));
}

function messages(query: URLSearchParams, { directory, decode }: RouteSettings): Answer {
  const channel = query.get('channel') ?? '';
  if (!/^[\w.-]{1,200}$/.test(channel)) return invalid('channel', 'the name of a channel');
  const from = query.get('from') ?? 'latest';
  if (from !== 'oldest' && from !== 'latest' && !/^\d{1,15}$/.test(from))
    return invalid('from', 'oldest, latest, or a sequence');
  const limit = Number(query.get('limit') ?? '50');
  if (!Number.isInteger(limit) || limit < 1 || limit > MESSAGES_MAX) return invalid('limit', `1 to ${MESSAGES_MAX}`);
  let segment: Segment | undefined;
  try {
    segment = Segment.openExisting(directory, channel, { ringWritable: false });
    if (segment === undefined) {
      const message = `channel ${channel} has no segment: it was never made, or was removed`;
      return refuse(404, 'ERR_UNKNOWN_CHANNEL', message);
    }
    const place = from === 'oldest' || from === 'latest' ? from : Number(from);
    return json(200, recentMessages(segment, place, limit, decode));
  } catch (error) {
    if (!BusError.is(error)) throw error;
    return refuse(422, error.code, error.message);
  } finally {
    segment?.close();
  }
}

function refuse(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return refusalAsJson({ status, code, message, headers });
}

function invalid(what: string, expected: string): Answer {
  return refuse(400, 'ERR_INVALID_ARGUMENT', `${what}: expected ${expected}`);
}
