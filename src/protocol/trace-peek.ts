import { TraceContext } from './codecs.js';
import { HEADER, HEADER_BYTES } from './header.js';
import { ProtocolError } from './protocol-error.js';
import { TlvCursor } from './tlv-cursor.js';
import { TlvType } from './tlv-types.js';
import { isW3cContext, w3cFlagsAt } from './w3c-context.js';

/** What {@link TracePeek} answers for messages without a trace, and for bytes that are no message. */
export const NO_TRACE = -1;

const TRACE_ID = TraceContext.at.traceId;

/**
 * Says whether a message carries a trace, and its flags, at the least cost: it takes no checksum, makes no garbage, and
 * reads no more than the TLVs' heads. For deciding what to look at; what is looked at is then read by `carriedTrace`.
 */
export class TracePeek {
  private readonly cursor = new TlvCursor();

  /** `TraceFlag` bits (a TraceContext alone counts as sampled), or `NO_TRACE`. Never throws. */
  flags(buffer: Uint8Array, offset: number, length: number): number {
    if (!isMessage(buffer, offset, length)) return NO_TRACE;
    try {
      return this.find(buffer, offset, length);
    } catch (error) {
      if (error instanceof ProtocolError) return NO_TRACE;
      throw error;
    }
  }

  private find(buffer: Uint8Array, offset: number, length: number): number {
    const cursor = this.cursor.startAt(buffer, offset, length);
    let flags = NO_TRACE;
    while (cursor.next()) {
      if (isW3cContext(cursor)) return w3cFlagsAt(cursor);
      if (cursor.type === TlvType.TraceContext && hasTraceId(cursor)) flags = 1;
    }
    return flags;
  }
}

/** Whether bytes begin as a message does and are as many as it says. */
export function isMessage(buffer: Uint8Array, offset: number, length: number): boolean {
  return (
    length >= HEADER_BYTES &&
    buffer[offset] === 0xef &&
    buffer[offset + 1] === 0xbe &&
    buffer[offset + 2] === 0xad &&
    buffer[offset + 3] === 0xde &&
    payloadSize(buffer, offset + HEADER.payloadSize) === length - HEADER_BYTES
  );
}

function payloadSize(buffer: Uint8Array, at: number): number {
  return buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24);
}

function hasTraceId({ buffer, valueOffset, valueLength }: TlvCursor): boolean {
  if (valueLength !== TraceContext.size) return false;
  for (let at = valueOffset + TRACE_ID; at < valueOffset + valueLength; at++) if (buffer[at] !== 0) return true;
  return false;
}
