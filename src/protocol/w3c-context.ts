import { TraceContext } from './codecs.js';
import { ProtocolError, shown } from './protocol-error.js';
import type { TlvCursor } from './tlv-cursor.js';
import { TlvType } from './tlv-types.js';
import { checkTraceParent, type TraceParent } from './traceparent.js';
import { formatTracestate, parseTracestate, TRACESTATE_CHARS_MAX } from './tracestate.js';

/**
 * What W3C Trace Context knows and a TraceContext TLV has no room for goes in a TLV of its own, of the vendor range: the
 * whole trace id, the span, the flags, and the tracestate. Its bytes are those of W3C's binary form, then text:
 *
 *   byte 0         1         2               18        19          27        28       29
 *        +---------+---------+---------------+---------+-----------+---------+--------+----------------
 *        | 0       | 0       | trace id      | 1       | span id   | 2       | flags  | tracestate ...
 *        | version | field   | 16 bytes      | field   | 8 bytes   | field   |        | 0 to 512 ASCII
 *
 * The four constant bytes tell it from another TLV that somebody gave the same number.
 */
export const W3C_CONTEXT_TYPE = 254;
export const W3C_CONTEXT_BYTES = 29;

const AT = { version: 0, traceField: 1, traceId: 2, spanField: 18, spanId: 19, flagsField: 27, flags: 28 } as const;
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
/** Of a trace id's 32 digits, those that a TraceContext cannot hold. */
const HIGH_DIGITS = 16;

/** A trace context as W3C has it. */
export interface W3cContext extends TraceParent {
  /** A `tracestate` header; '' for none. */
  readonly tracestate: string;
}

/** The value of the TLV. @throws ProtocolError `ERR_TRACE_CONTEXT` for a context that W3C refuses */
export function encodeW3cContext(context: W3cContext): Uint8Array<ArrayBuffer> {
  const { traceId, spanId, flags } = checkTraceParent(context);
  const state = formatTracestate(parseTracestate(context.tracestate));
  const bytes = new Uint8Array(W3C_CONTEXT_BYTES + state.length);
  putHex(bytes, AT.traceId, traceId);
  bytes[AT.spanField] = 1;
  putHex(bytes, AT.spanId, spanId);
  bytes[AT.flagsField] = 2;
  bytes[AT.flags] = flags;
  for (let i = 0; i < state.length; i++) bytes[W3C_CONTEXT_BYTES + i] = state.charCodeAt(i);
  return bytes;
}

/**
 * Whether the TLV that a cursor stands at is one of these, as far as its constant bytes tell. No allocation.
 */
export function isW3cContext({ type, buffer, valueOffset: at, valueLength }: TlvCursor): boolean {
  return (
    type === W3C_CONTEXT_TYPE &&
    valueLength >= W3C_CONTEXT_BYTES &&
    valueLength <= W3C_CONTEXT_BYTES + TRACESTATE_CHARS_MAX &&
    buffer[at + AT.version] === 0 &&
    buffer[at + AT.traceField] === 0 &&
    buffer[at + AT.spanField] === 1 &&
    buffer[at + AT.flagsField] === 2
  );
}

/** The flags of the TLV that a cursor stands at, for which `isW3cContext` is true. No allocation. */
export function w3cFlagsAt({ buffer, valueOffset }: TlvCursor): number {
  return buffer[valueOffset + AT.flags]!;
}

/**
 * Reads the value of the TLV. A tracestate that is invalid is left out, as W3C says; ids that are all zero are refused.
 *
 * @throws ProtocolError `ERR_VALUE_SIZE` for a value that is too short; `ERR_TRACE_CONTEXT`
 */
export function decodeW3cContext(bytes: Uint8Array): W3cContext {
  if (bytes.length < W3C_CONTEXT_BYTES) {
    const message = `a W3C context has at least ${W3C_CONTEXT_BYTES} bytes, this value ${bytes.length}`;
    throw new ProtocolError('ERR_VALUE_SIZE', message);
  }
  if (bytes[AT.version] !== 0 || bytes[AT.traceField] !== 0 || bytes[AT.spanField] !== 1 || bytes[AT.flagsField] !== 2)
    throw new ProtocolError('ERR_TRACE_CONTEXT', 'the value has not the marks of a W3C context');
  const parent = checkTraceParent({
    traceId: hexOf(bytes.subarray(AT.traceId, AT.traceId + TRACE_ID_BYTES)),
    spanId: hexOf(bytes.subarray(AT.spanId, AT.spanId + SPAN_ID_BYTES)),
    flags: bytes[AT.flags]!,
  });
  return { ...parent, tracestate: stateIn(bytes.subarray(W3C_CONTEXT_BYTES)) };
}

/**
 * The W3C context of a TraceContext alone. Its eight bytes are the right half of the trace id, as W3C advises for short
 * ids; it names no span, so the span id is the same eight bytes (Zipkin's first spans have the id of their trace); and it
 * does not say whether it is sampled, so `flags` does.
 *
 * @throws ProtocolError `ERR_TRACE_CONTEXT` for a trace id that is all zero
 */
export function w3cOfTraceContext({ traceId }: Pick<TraceContext, 'traceId'>, flags: number): W3cContext {
  const low = hexOf(traceId);
  return { ...checkTraceParent({ traceId: low.padStart(32, '0'), spanId: low, flags }), tracestate: '' };
}

/** The eight bytes that a TraceContext carries of a trace id of 32 digits. @throws ProtocolError `ERR_TRACE_CONTEXT` */
export function shortTraceId(traceId: string): Uint8Array<ArrayBuffer> {
  if (typeof traceId !== 'string' || !/^[0-9a-f]{32}$/.test(traceId)) {
    const message = `trace id: found ${shown(traceId)}, expected 32 digits 0-9 a-f`;
    throw new ProtocolError('ERR_TRACE_CONTEXT', message);
  }
  const bytes = new Uint8Array(SPAN_ID_BYTES);
  putHex(bytes, 0, traceId.slice(HIGH_DIGITS));
  return bytes;
}

/** What a message says of the trace that it belongs to. */
export interface CarriedTrace {
  /** The protocol's own TLV, when there is one. */
  readonly hop: TraceContext | undefined;
  /** The whole context; from `hop` alone, with the sampled flag, when there is no more. */
  readonly context: W3cContext;
  /** False when `context` was made of `hop` alone. */
  readonly isWhole: boolean;
}

/**
 * The trace that a message belongs to; undefined when it carries none, or none that W3C accepts. A context that
 * contradicts the TraceContext beside it counts less than that.
 *
 * @param message a cursor on it, such as a `MessageReader`; it is moved
 * @throws ProtocolError as `TlvCursor.next`, for a TLV that runs past the message
 */
export function carriedTrace(message: TlvCursor): CarriedTrace | undefined {
  let hop: TraceContext | undefined;
  let whole: W3cContext | undefined;
  message.rewind();
  while (message.next()) {
    if (message.type === TlvType.TraceContext) hop ??= unlessRefused(() => decodeHop(message));
    else if (isW3cContext(message)) whole ??= unlessRefused(() => decodeW3cContext(valueAt(message)));
  }
  if (whole !== undefined && (hop === undefined || whole.traceId.endsWith(hexOf(hop.traceId))))
    return { hop, context: whole, isWhole: true };
  if (hop === undefined) return undefined;
  const { traceId } = hop;
  const context = unlessRefused(() => w3cOfTraceContext({ traceId }, 1));
  return context && { hop, context, isWhole: false };
}

function decodeHop({ buffer, valueOffset, valueLength }: TlvCursor): TraceContext {
  const view = new DataView(buffer.buffer, buffer.byteOffset + valueOffset, valueLength);
  return TraceContext.decode(view, 0, valueLength);
}

function valueAt({ buffer, valueOffset, valueLength }: TlvCursor): Uint8Array {
  return buffer.slice(valueOffset, valueOffset + valueLength);
}

function unlessRefused<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function stateIn(bytes: Uint8Array): string {
  if (bytes.length > TRACESTATE_CHARS_MAX) return '';
  const text = String.fromCharCode(...bytes);
  return unlessRefused(() => formatTracestate(parseTracestate(text))) ?? '';
}

function putHex(bytes: Uint8Array, at: number, digits: string): void {
  for (let i = 0; i < digits.length / 2; i++) bytes[at + i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
}

/** Bytes as lower-case hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
  let digits = '';
  for (const byte of bytes) digits += byte.toString(16).padStart(2, '0');
  return digits;
}
