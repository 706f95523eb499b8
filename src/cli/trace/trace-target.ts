import { InvalidArgumentError } from 'commander';
import type { CarriedTrace } from '../../protocol/index.js';

/** What is looked for: a trace, or the trace of a message. */
export type TraceTarget = { readonly traceId: string } | { readonly channel: string; readonly sequence: number };

/** Digits of a trace id that a TraceContext has room for. */
const SHORT_DIGITS = 16;

/**
 * Reads a trace id, of W3C (32 digits) or of a TraceContext (16), or the place of a message: `market_data/42`.
 *
 * @throws InvalidArgumentError of commander, which is a usage error
 */
export function parseTraceTarget(text: string): TraceTarget {
  const [, channel, sequence] = /^([\w.-]{1,64})\/(\d{1,15})$/.exec(text) ?? [];
  if (channel !== undefined) return { channel, sequence: Number(sequence) };
  const traceId = text.toLowerCase();
  if (!/^(?:[0-9a-f]{16}|[0-9a-f]{32})$/.test(traceId)) {
    throw new InvalidArgumentError(
      'Expected a trace id of 32 or 16 hexadecimal digits, or a message as CHANNEL/SEQUENCE.',
    );
  }
  if (/^0+$/.test(traceId)) throw new InvalidArgumentError('A trace id is not all zeros.');
  return { traceId };
}

/**
 * Whether a message belongs to a trace. Of one that carries eight bytes only, and of an id of 16 digits, these decide: there
 * is no more.
 */
export function belongsTo(traceId: string, { context, isWhole }: CarriedTrace): boolean {
  const isShort = traceId.length === SHORT_DIGITS || !isWhole;
  return isShort ? context.traceId.endsWith(traceId.slice(-SHORT_DIGITS)) : context.traceId === traceId;
}
