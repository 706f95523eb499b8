import { ProtocolError, shown } from './protocol-error.js';

/** Bits of {@link TraceParent.flags} that W3C Trace Context gives a meaning. */
export const TraceFlag = { Sampled: 1, Random: 2 } as const;
export type TraceFlag = (typeof TraceFlag)[keyof typeof TraceFlag];

/** What a `traceparent` header says: which trace, and which span in it the next one is a child of. */
export interface TraceParent {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** The span that the context comes from: 16 lower-case hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** {@link TraceFlag} bits. */
  readonly flags: number;
}

/** Characters of a `traceparent` of version 00; those of later versions begin with as many. */
const LENGTH = 55;
const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const KNOWN_FLAGS = TraceFlag.Sampled | TraceFlag.Random;

/**
 * Reads a `traceparent` header by the rules of W3C Trace Context, level 2. Later versions are read as far as version 00
 * goes, as these demand; version ff is none. Flags without a meaning become 0. White space around it, which HTTP takes off,
 * is refused.
 *
 * @throws ProtocolError `ERR_TRACE_CONTEXT`
 *
 * @example
 * parseTraceparent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01').flags & TraceFlag.Sampled; // 1
 */
export function parseTraceparent(text: string): TraceParent {
  if (typeof text !== 'string') throw refused(text, 'a string');
  const [, version = 'ff', traceId = '', spanId = '', flags = ''] = FORM.exec(text.slice(0, LENGTH)) ?? [];
  if (version === 'ff') throw refused(text, 'version-traceid-spanid-flags in 2, 32, 16 and 2 digits 0-9 a-f');
  if (text.length > LENGTH && version === '00') throw refused(text, `${LENGTH} characters in version 00`);
  if (text.length > LENGTH && text[LENGTH] !== '-') throw refused(text, 'a "-" before what a later version adds');
  return checked({ traceId, spanId, flags: Number.parseInt(flags, 16) & KNOWN_FLAGS }, text);
}

/**
 * Writes a `traceparent` header, in version 00.
 *
 * @throws ProtocolError `ERR_TRACE_CONTEXT` for ids that are none, and for flags beyond a byte
 */
export function formatTraceparent(parent: TraceParent): string {
  const { traceId, spanId, flags } = checkTraceParent(parent);
  return `00-${traceId}-${spanId}-${(flags & KNOWN_FLAGS).toString(16).padStart(2, '0')}`;
}

/** The same object. @throws ProtocolError `ERR_TRACE_CONTEXT` when it is not what {@link TraceParent} says */
export function checkTraceParent<Parent extends TraceParent>(parent: Parent): Parent {
  const { traceId, spanId, flags } = parent;
  if (typeof traceId !== 'string' || !/^[0-9a-f]{32}$/.test(traceId))
    throw refused(traceId, 'a trace id of 32 digits 0-9 a-f');
  if (typeof spanId !== 'string' || !/^[0-9a-f]{16}$/.test(spanId))
    throw refused(spanId, 'a span id of 16 digits 0-9 a-f');
  if (!Number.isInteger(flags) || flags < 0 || flags > 255) throw refused(flags, 'flags from 0 to 255');
  return checked(parent, `${traceId}-${spanId}`);
}

function checked<Parent extends TraceParent>(parent: Parent, text: string): Parent {
  if (/^0+$/.test(parent.traceId)) throw refused(text, 'a trace id that is not all zeros');
  if (/^0+$/.test(parent.spanId)) throw refused(text, 'a span id that is not all zeros');
  return parent;
}

function refused(found: unknown, expected: string): ProtocolError {
  return new ProtocolError('ERR_TRACE_CONTEXT', `traceparent: found ${shown(found)}, expected ${expected}`);
}
