import type { TraceContext } from './codecs.js';
import { TraceContext as TraceContextTlv } from './codecs.js';
import { HEADER, HEADER_BYTES, MESSAGE_BYTES_MAX, messageChecksum, tooLong } from './header.js';
import { MessageReader } from './message-reader.js';
import { tlvBytes, writeTlvHeader } from './tlv-cursor.js';
import { TlvType } from './tlv-types.js';
import { encodeW3cContext, isW3cContext, shortTraceId, W3C_CONTEXT_TYPE, type W3cContext } from './w3c-context.js';

/** What a TraceContext says besides the trace: how the message came here. */
export type TraceHop = Omit<TraceContext, 'traceId'>;

/**
 * A copy of a message that carries a trace: a TraceContext, and the W3C context with the whole id and the span. They stand
 * behind the other TLVs; those that were there before are gone. Everything else is as it was, and the checksum is right.
 *
 * @throws ProtocolError as `MessageReader.wrap` and `TlvCursor.next` for bytes that are no message; `ERR_TRACE_CONTEXT`,
 * `ERR_FIELD` for what cannot be carried; `ERR_TOO_LONG` when the message would pass 1 MiB
 */
export function withTrace(message: Uint8Array, hop: TraceHop, context: W3cContext): Uint8Array<ArrayBuffer> {
  const reader = new MessageReader().wrap(message);
  const value = encodeW3cContext(context);
  const added = tlvBytes(TraceContextTlv.size) + tlvBytes(value.length);
  const length = keptBytes(reader) + added;
  if (length > MESSAGE_BYTES_MAX) throw tooLong(length);
  const traced = new Uint8Array(length);
  const view = new DataView(traced.buffer);
  traced.set(message.subarray(0, HEADER_BYTES));
  let at = HEADER_BYTES;
  reader.rewind();
  while (reader.next()) {
    if (isTrace(reader)) continue;
    const end = reader.valueOffset + reader.valueLength;
    traced.set(message.subarray(reader.tlvOffset, end), at);
    at += end - reader.tlvOffset;
  }
  at = writeTlvHeader(view, at, TlvType.TraceContext, TraceContextTlv.size);
  at += TraceContextTlv.encode({ ...hop, traceId: shortTraceId(context.traceId) }, view, at);
  at = writeTlvHeader(view, at, W3C_CONTEXT_TYPE, value.length);
  traced.set(value, at);
  view.setUint32(HEADER.payloadSize, length - HEADER_BYTES, true);
  view.setInt32(HEADER.checksum, messageChecksum(traced, 0, length), true);
  return traced;
}

/** Bytes of the message without the trace that it carries. */
function keptBytes(reader: MessageReader): number {
  let { length } = reader;
  while (reader.next()) {
    if (isTrace(reader)) length -= reader.valueOffset + reader.valueLength - reader.tlvOffset;
  }
  return length;
}

function isTrace(reader: MessageReader): boolean {
  return reader.type === TlvType.TraceContext || isW3cContext(reader);
}
