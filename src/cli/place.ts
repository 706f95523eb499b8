import { parseSpan } from '../bus/config/spans.js';
import { BusError } from '../platform/bus-error.js';

/** A place in a channel or a journal, as it is written on the command line. */
export type Place = 'oldest' | 'latest' | { readonly sequence: number } | { readonly timeNs: bigint };

type Word = Extract<Place, string>;

/**
 * Reads one of the words (default: `oldest` and `latest`), a sequence, a time (ISO 8601, or nanoseconds since the epoch as 19
 * digits), or a span such as `5m`: so long before `nowMs`.
 *
 * @throws BusError `ERR_INVALID_ARGUMENT`
 */
export function parsePlace(
  text: string,
  option: string,
  nowMs: number,
  words: readonly Word[] = ['oldest', 'latest'],
): Place {
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  if (/^\d{19}$/.test(text)) return { timeNs: BigInt(text) };
  if (/^\d{1,15}$/.test(text)) return { sequence: Number(text) };
  const span = parseSpan(text);
  if ('ms' in span) return { timeNs: BigInt(Math.floor(nowMs - span.ms)) * 1_000_000n };
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return { timeNs: BigInt(Math.floor(ms)) * 1_000_000n };
  const expected = [...words, 'a sequence', 'a time such as 2026-11-25T09:30:00Z', 'or a span such as 5m'].join(', ');
  throw new BusError('ERR_INVALID_ARGUMENT', `${option}: found ${JSON.stringify(text)}, expected ${expected}`);
}

/** Reads a whole number between two. @throws BusError `ERR_INVALID_ARGUMENT` */
export function parseWhole(text: string, option: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw new BusError('ERR_INVALID_ARGUMENT', `${option}: found ${JSON.stringify(text)}, expected ${least} to ${most}`);
}

/** Reads a whole number from 1 on. @throws BusError `ERR_INVALID_ARGUMENT` */
export function parseCount(text: string, option: string): number {
  const count = Number(text);
  if (/^\d{1,15}$/.test(text) && count > 0) return count;
  throw new BusError(
    'ERR_INVALID_ARGUMENT',
    `${option}: found ${JSON.stringify(text)}, expected a whole number from 1 on`,
  );
}
