import type { TlvCodec } from './define-tlv.js';
import { MessageReader } from './message-reader.js';
import { ProtocolError } from './protocol-error.js';
import { TlvCursor } from './tlv-cursor.js';
import { describeType } from './tlv-types.js';

/** What stands in a header. */
export interface MessageHeader {
  /** A RelayDomain, or a number that this version does not know. */
  readonly domain: number;
  readonly version: number;
  /** A SourceType, or any other number. */
  readonly source: number;
  readonly flags: number;
  /** Monotonic per source. */
  readonly sequence: bigint;
  /** Nanoseconds since the Unix epoch. */
  readonly timestamp: bigint;
  /** Bytes of TLVs after the header. */
  readonly payloadSize: number;
  readonly checksum: number;
}

/** One TLV of a message. */
export class Tlv {
  readonly type: number;
  /** Where the TLV begins, in bytes from the beginning of the message. */
  readonly offset: number;
  /** The value: a view of the message's memory, not a copy. */
  readonly value: Uint8Array;

  constructor(type: number, offset: number, value: Uint8Array) {
    this.type = type;
    this.offset = offset;
    this.value = value;
  }

  /** The typed value. @throws ProtocolError `ERR_TLV_TYPE` for a codec of another type, and as the codec's `decode` */
  decode<Value extends object>(codec: TlvCodec<never, Value>): Value {
    if (codec.type !== this.type) {
      const message = `${codec.name} (TLV type ${codec.type}) cannot decode ${describeType(this.type)}`;
      throw new ProtocolError('ERR_TLV_TYPE', message, { offset: this.offset });
    }
    const { buffer, byteOffset, length } = this.value;
    return codec.decode(new DataView(buffer, byteOffset, length), 0, length);
  }
}

/** A message whose header and TLVs were checked. Its bytes stay where they are; whoever keeps it keeps them. */
export class ParsedMessage {
  readonly bytes: Uint8Array;
  readonly header: MessageHeader;

  /** @internal Made by {@link parseMessage}. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    const reader = new MessageReader().wrap(bytes);
    const { domain, version, source, flags, sequence, timestamp, payloadSize, checksum } = reader;
    this.header = { domain, version, source, flags, sequence, timestamp, payloadSize, checksum };
    while (reader.next()) continue;
  }

  /** The TLVs in their order, unknown types included. */
  *tlvs(): IterableIterator<Tlv> {
    const cursor = this.cursor();
    while (cursor.next()) yield tlvAt(cursor);
  }

  /** The first TLV of a type, or undefined. */
  find(type: number): Tlv | undefined {
    const cursor = this.cursor();
    return cursor.find(type) ? tlvAt(cursor) : undefined;
  }

  /** All TLVs of a type in their order. */
  findAll(type: number): Tlv[] {
    return [...this.tlvs()].filter((tlv) => tlv.type === type);
  }

  /** The first typed value of a codec's type, or undefined. @throws ProtocolError as {@link Tlv.decode} */
  get<Value extends object>(codec: TlvCodec<never, Value>): Value | undefined {
    return this.find(codec.type)?.decode(codec);
  }

  /** All typed values of a codec's type in their order. @throws ProtocolError as {@link Tlv.decode} */
  getAll<Value extends object>(codec: TlvCodec<never, Value>): Value[] {
    return this.findAll(codec.type).map((tlv) => tlv.decode(codec));
  }

  private cursor(): TlvCursor {
    return new TlvCursor().startAt(this.bytes, 0, this.bytes.length);
  }
}

/**
 * Checks a message and gives access to it. `bytes` is exactly the message, nothing before or after it.
 *
 * @throws ProtocolError in this order, the first that applies: `ERR_TOO_SHORT`, `ERR_WRONG_MAGIC`, `ERR_PAYLOAD_SIZE`,
 * `ERR_TOO_LONG`, `ERR_CHECKSUM`; then, from the first TLV on, `ERR_EXTENDED_MARKER` or `ERR_TLV_OVERRUN` with its
 * `offset`. Unknown domains, versions, sources and types are no errors.
 *
 * @example
 * const message = parseMessage(bytes);
 * for (const tlv of message.tlvs()) console.log(tlv.type, tlv.value.length);
 * const trade = message.get(Trade);
 */
export function parseMessage(bytes: Uint8Array): ParsedMessage {
  return new ParsedMessage(bytes);
}

function tlvAt(cursor: TlvCursor): Tlv {
  const { type, tlvOffset, valueOffset, valueLength } = cursor;
  return new Tlv(type, tlvOffset, cursor.buffer.subarray(valueOffset, valueOffset + valueLength));
}
