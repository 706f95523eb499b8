/** Every way in which a message, a TLV or a value can be refused. A literal union, so that a `switch` is checked. */
export type ProtocolErrorCode =
  /** Fewer bytes than a header has. */
  | 'ERR_TOO_SHORT'
  /** The first four bytes are not the magic number. */
  | 'ERR_WRONG_MAGIC'
  /** The header's payload_size is not the number of bytes after the header. */
  | 'ERR_PAYLOAD_SIZE'
  /** More than 1 MiB, header included. */
  | 'ERR_TOO_LONG'
  /** The bytes are not those that the checksum was taken over. */
  | 'ERR_CHECKSUM'
  /** The byte after an extended marker is not 0. */
  | 'ERR_EXTENDED_MARKER'
  /** A TLV leaves the payload; `offset` says where the TLV begins. */
  | 'ERR_TLV_OVERRUN'
  /** A value of more than 65,535 bytes. */
  | 'ERR_VALUE_TOO_LONG'
  /** A value that is not as long as its codec, or as its `addTlv`, said. */
  | 'ERR_VALUE_SIZE'
  /** A type number that cannot be used so, or a codec for another type. */
  | 'ERR_TLV_TYPE'
  /** A header field or a field of a typed value is missing, of a wrong type or out of range; `field` names it. */
  | 'ERR_FIELD'
  /** Offset and length do not lie within the given memory. */
  | 'ERR_OUT_OF_BOUNDS'
  /** A TLV definition that contradicts itself or the protocol. */
  | 'ERR_SCHEMA'
  /** A traceparent, a tracestate, a trace id or a span id that W3C Trace Context does not allow. */
  | 'ERR_TRACE_CONTEXT';

/** What a {@link ProtocolError} carries besides its message. */
export interface ProtocolErrorDetails {
  /** Bytes from the beginning of the message. */
  offset?: number | undefined;
  field?: string | undefined;
  cause?: unknown;
}

const BRAND = Symbol.for('alphapulse-bus.ProtocolError');

/**
 * The one error class of the protocol: nothing else is thrown for what a message contains or for a value that does not
 * fit its field. `code` says which rule was broken; the message says what was found and what was expected.
 *
 * @example
 * try { parseMessage(bytes); } catch (error) {
 *   if (ProtocolError.is(error, 'ERR_CHECKSUM')) damaged++; else throw error;
 * }
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;
  readonly offset: number | undefined;
  readonly field: string | undefined;

  constructor(code: ProtocolErrorCode, message: string, details: ProtocolErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.offset = details.offset;
    this.field = details.field;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for an error of the protocol (with that code, when one is given), also across two installed copies. */
  static is(error: unknown, code?: ProtocolErrorCode): error is ProtocolError {
    if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
    return code === undefined || (error as { code?: unknown }).code === code;
  }
}

/** A value as an error message shows it: short, and without running code of the value. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return `${value}n`;
    case 'string':
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
    case 'undefined':
      return String(value);
    default:
      if (value instanceof Uint8Array) return `${value.length} bytes`;
      return value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
  }
}
