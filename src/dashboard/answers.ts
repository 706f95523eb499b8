import type { ServerResponse } from 'node:http';
import type { ErrorAnswer } from './wire.js';

/** Nothing but what comes from here is loaded or run; no other page may frame it. */
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

export const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  events: 'text/event-stream; charset=utf-8',
} as const;

export type Headers = Readonly<Record<string, string>>;

export function begin(response: ServerResponse, status: number, type: string, more: Headers = {}): void {
  response.writeHead(status, { ...SECURITY, 'Content-Type': type, ...more });
}

export function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  more: Headers = {},
): void {
  begin(response, status, type, { 'Content-Length': String(Buffer.byteLength(body)), ...more });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

export function answerJson(response: ServerResponse, status: number, value: unknown, more: Headers = {}): void {
  answer(response, status, TYPES.json, `${JSON.stringify(value)}\n`, more);
}

/** Says what was found, and what was expected. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  more: Headers = {},
): void {
  answerJson(response, status, { error: { code, message } } satisfies ErrorAnswer, more);
}
