import type { Headers, Refusal, WholeAnswer } from '../http/answer.js';
import type { ErrorAnswer } from './wire.js';

export const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  events: 'text/event-stream; charset=utf-8',
} as const;

export function json(status: number, value: unknown, headers: Headers = {}): WholeAnswer {
  return { status, type: TYPES.json, body: `${JSON.stringify(value)}\n`, headers };
}

/** Says what was found, and what was expected. */
export function refusalAsJson({ status, code, message, headers }: Refusal): WholeAnswer {
  return json(status, { error: { code, message } } satisfies ErrorAnswer, headers);
}

/** Sends a browser elsewhere. */
export function redirect(location: string, why: string, headers: Headers = {}): WholeAnswer {
  return { status: 303, body: `${why}\n`, headers: { Location: location, ...headers } };
}
