import type { ServerResponse } from 'node:http';

export type Headers = Readonly<Record<string, string>>;

/** What is said at once. */
export interface WholeAnswer {
  readonly status: number;
  /** Content type; default: plain text. */
  readonly type?: string;
  readonly body: string | Buffer;
  readonly headers?: Headers;
  /** Told when nothing of the body is needed any more, whether it arrived or not. */
  readonly over?: () => void;
}

/** One that goes on until a side has enough of it; `begin` has the response from then on. */
export interface StreamedAnswer {
  readonly type: string;
  readonly headers?: Headers;
  readonly begin: (response: ServerResponse) => void;
}

export type Answer = WholeAnswer | StreamedAnswer;

/** Why a request gets no answer: a word for programs, and what was found and expected. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Headers;
}

const TEXT = 'text/plain; charset=utf-8';

/** Of every answer: nothing but what comes from here is loaded or run, no other page may frame or read it, nobody keeps it. */
const SECURITY = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

export function refusalAsText({ status, message, headers }: Refusal): WholeAnswer {
  return { status, body: `${message}\n`, headers: headers ?? {} };
}

export function send(response: ServerResponse, answer: Answer): void {
  const isHead = response.req.method === 'HEAD';
  if ('begin' in answer) {
    // when it is over, nothing else comes on this connection
    const head = { ...SECURITY, 'Content-Type': answer.type, Connection: 'close', ...answer.headers };
    response.writeHead(200, head);
    if (isHead) return void response.end();
    return answer.begin(response);
  }
  const { status, type = TEXT, headers, body, over } = answer;
  if (over !== undefined) response.once('close', over);
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, { ...SECURITY, 'Content-Type': type, 'Content-Length': bytes.length, ...headers });
  response.end(isHead ? undefined : bytes);
}
