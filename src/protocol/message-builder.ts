import { BufferView } from './buffer-view.js';
import { codecOf, type TypedInputs } from './codecs.js';
import type { TlvCodec } from './define-tlv.js';
import {
  HEADER,
  HEADER_BYTES,
  MESSAGE_BYTES_MAX,
  MESSAGE_MAGIC,
  messageChecksum,
  PROTOCOL_VERSION,
  tooLong,
} from './header.js';
import { ProtocolError, shown } from './protocol-error.js';
import { RelayDomain, relayDomainName } from './services.js';
import { tlvBytes, VALUE_BYTES_MAX, writeTlvHeader } from './tlv-cursor.js';
import { describeType, EXTENDED_MARKER } from './tlv-types.js';
import { isU64Number, U64_MAX, writeSafeInteger } from './u64.js';

const NOTHING = new Uint8Array(0);

/** One TLV as it was added: bytes when there is no codec, else a typed value. */
interface Part {
  type: number;
  length: number;
  codec: TlvCodec<never, object> | undefined;
  value: object;
}

/**
 * Makes messages. One builder can make any number of them: `build` and `buildInto` leave it as it is, so the next
 * message needs only what is different about it, and `reset` begins anew.
 *
 * Values are kept by reference and read when the message is built: a builder whose value objects are changed between
 * two builds makes a new message each time without adding anything again.
 *
 * @example
 * const message = new TlvMessageBuilder(RelayDomain.MarketData, SourceType.PolygonCollector)
 *   .addTlv(TlvType.Trade, { assetId: 7n, price: 45123.45, volume: 1.5, executionTimestampNs: now, venueId: 7,
 *     assetType: 2, side: Side.Sell })
 *   .withSequence(42)
 *   .withTimestamp(now)
 *   .build();
 */
export class TlvMessageBuilder {
  /** The header as it goes out; payload_size and checksum are filled in by each build. */
  private readonly header = new DataView(new ArrayBuffer(HEADER_BYTES));
  /** Parts are kept when the builder is reset, to be filled again: steady use makes no garbage. */
  private readonly parts: Part[] = [];
  private count = 0;
  private total = HEADER_BYTES;
  private readonly target = new BufferView();

  /**
   * @param source a {@link SourceType}, or any other number from 0 to 255
   * @throws ProtocolError `ERR_FIELD` for a domain that the protocol does not have or a source that is no byte
   */
  constructor(domain: RelayDomain, source: number) {
    if (relayDomainName(domain) === undefined) {
      const message = `domain must be one of ${Object.values(RelayDomain).join(', ')}, not ${shown(domain)}`;
      throw new ProtocolError('ERR_FIELD', message, { field: 'domain' });
    }
    this.header.setUint32(HEADER.magic, MESSAGE_MAGIC, true);
    this.header.setUint8(HEADER.domain, domain);
    this.header.setUint8(HEADER.version, PROTOCOL_VERSION);
    this.setByte('source', source);
  }

  /** Bytes of the message as it stands, header included: what to claim before `buildInto`. */
  get byteLength(): number {
    return this.total;
  }

  /**
   * Adds a TLV after those that are there; a type may come more than once. Bytes of any length up to 65,535 go with
   * any type (those above 255 bytes in the extended form); typed values go with the types that have a codec, or with a
   * codec of one's own in place of the type. Fields of a typed value are checked when the message is built.
   *
   * @throws ProtocolError `ERR_TLV_TYPE` for a type that is not 0 to 254, or a typed value of a type without a codec;
   * `ERR_VALUE_TOO_LONG`; `ERR_TOO_LONG` when the message would pass 1 MiB. The builder is then as before.
   */
  addTlv<Type extends keyof TypedInputs>(type: Type, value: TypedInputs[Type] | Uint8Array): this;
  addTlv(type: number, bytes: Uint8Array): this;
  addTlv<Input extends object>(codec: TlvCodec<Input, object>, value: NoInfer<Input>): this;
  addTlv(typeOrCodec: number | TlvCodec<never, object>, value: object): this {
    if (typeof typeOrCodec !== 'number') return this.add(typeOrCodec.type, typeOrCodec.size, typeOrCodec, value);
    if (value instanceof Uint8Array) return this.add(typeOrCodec, value.length, undefined, value);
    const codec = codecOf(typeOrCodec);
    if (codec === undefined) {
      const message = `${describeType(typeOrCodec)} has no codec: give bytes, or a codec in place of the type`;
      throw new ProtocolError('ERR_TLV_TYPE', message);
    }
    return this.add(typeOrCodec, codec.size, codec, value);
  }

  /**
   * Sets the sequence: a bigint below 2^64, or an integer number below 2^53. 0 until set.
   *
   * @throws ProtocolError `ERR_FIELD`
   */
  withSequence(sequence: number | bigint): this {
    return this.setU64('sequence', HEADER.sequence, sequence);
  }

  /**
   * Sets the timestamp, nanoseconds since the Unix epoch: a bigint below 2^64, or an integer number below 2^53 (which
   * the nanoseconds of today are not). 0 until set.
   *
   * @throws ProtocolError `ERR_FIELD`
   */
  withTimestamp(ns: number | bigint): this {
    return this.setU64('timestamp', HEADER.timestamp, ns);
  }

  /** Sets the timestamp to the eight bytes at `offset` of a view (a clock's, another message's): makes no BigInt. */
  withTimestampFrom(view: DataView, offset: number): this {
    this.header.setInt32(HEADER.timestamp, view.getInt32(offset, true), true);
    this.header.setInt32(HEADER.timestamp + 4, view.getInt32(offset + 4, true), true);
    return this;
  }

  /** Sets the flags, a byte whose bits are the application's. 0 until set. @throws ProtocolError `ERR_FIELD` */
  withFlags(flags: number): this {
    return this.setByte('flags', flags);
  }

  /**
   * Sets the version byte; 1 until set. For relays that pass on messages of other versions.
   *
   * @throws ProtocolError `ERR_FIELD`
   */
  withVersion(version: number): this {
    return this.setByte('version', version);
  }

  /** Forgets the TLVs, and sets sequence, timestamp, flags and version back. Domain and source stay. */
  reset(): this {
    for (let i = 0; i < this.count; i++) this.parts[i]!.value = NOTHING;
    this.count = 0;
    this.total = HEADER_BYTES;
    for (let at = HEADER.sequence; at < HEADER.payloadSize; at += 4) this.header.setInt32(at, 0);
    this.header.setUint8(HEADER.flags, 0);
    this.header.setUint8(HEADER.version, PROTOCOL_VERSION);
    return this;
  }

  /** The message in memory of its own. @throws ProtocolError as {@link buildInto} */
  build(): Uint8Array<ArrayBuffer> {
    const message = new Uint8Array(this.total);
    this.write(message, new DataView(message.buffer), 0);
    return message;
  }

  /**
   * Writes the message into `buffer` from `offset` on, typed values straight to their place. Makes no garbage, as long
   * as one builder keeps to one `buffer` object (the view on it is kept) and 64-bit fields are given as numbers or as
   * BigInts that exist.
   *
   * @returns the bytes written: `byteLength`
   * @throws ProtocolError `ERR_OUT_OF_BOUNDS` when there are not `byteLength` bytes, nothing is then written;
   * `ERR_FIELD` or `ERR_VALUE_SIZE` for a typed value that does not fit, the bytes are then partly written
   */
  buildInto(buffer: Uint8Array, offset: number): number {
    if (!(Number.isInteger(offset) && offset >= 0 && offset + this.total <= buffer.length)) {
      const message = `the message needs ${this.total} bytes at ${offset}, but the buffer has ${buffer.length} in all`;
      throw new ProtocolError('ERR_OUT_OF_BOUNDS', message);
    }
    this.write(buffer, this.target.of(buffer), offset);
    return this.total;
  }

  private add(type: number, length: number, codec: TlvCodec<never, object> | undefined, value: object): this {
    if (!(Number.isInteger(type) && type >= 0 && type < EXTENDED_MARKER)) {
      const message = `a TLV type is an integer from 0 to 254 (255 marks the extended form), not ${shown(type)}`;
      throw new ProtocolError('ERR_TLV_TYPE', message);
    }
    if (length > VALUE_BYTES_MAX) {
      const message = `${describeType(type)}: a value has at most ${VALUE_BYTES_MAX} bytes, this one ${length}`;
      throw new ProtocolError('ERR_VALUE_TOO_LONG', message);
    }
    const total = this.total + tlvBytes(length);
    if (total > MESSAGE_BYTES_MAX) throw tooLong(total);
    const part = this.parts[this.count];
    if (part === undefined) {
      this.parts.push({ type, length, codec, value });
    } else {
      part.type = type;
      part.length = length;
      part.codec = codec;
      part.value = value;
    }
    this.count++;
    this.total = total;
    return this;
  }

  private write(buffer: Uint8Array, view: DataView, offset: number): void {
    this.header.setUint32(HEADER.payloadSize, this.total - HEADER_BYTES, true);
    for (let at = 0; at < HEADER.checksum; at += 4) view.setInt32(offset + at, this.header.getInt32(at));
    let next = offset + HEADER_BYTES;
    for (let i = 0; i < this.count; i++) {
      const part = this.parts[i]!;
      const at = writeTlvHeader(view, next, part.type, part.length);
      if (part.codec === undefined) copyBytes(part, buffer, at);
      else part.codec.encode(part.value as never, view, at);
      next = at + part.length;
    }
    view.setInt32(offset + HEADER.checksum, messageChecksum(buffer, offset, this.total), true);
  }

  private setU64(field: 'sequence' | 'timestamp', at: number, value: number | bigint): this {
    if (typeof value === 'number' && isU64Number(value)) writeSafeInteger(this.header, at, value);
    else if (typeof value === 'bigint' && value >= 0n && value <= U64_MAX) this.header.setBigUint64(at, value, true);
    else {
      const expected = 'a bigint from 0 to 2^64 - 1 or an integer from 0 to 2^53 - 1';
      throw new ProtocolError('ERR_FIELD', `${field} must be ${expected}, not ${shown(value)}`, { field });
    }
    return this;
  }

  private setByte(field: 'source' | 'flags' | 'version', value: number): this {
    if (!(Number.isInteger(value) && value >= 0 && value <= 255)) {
      throw new ProtocolError('ERR_FIELD', `${field} must be an integer from 0 to 255, not ${shown(value)}`, { field });
    }
    this.header.setUint8(HEADER[field], value);
    return this;
  }
}

function copyBytes(part: Part, buffer: Uint8Array, at: number): void {
  const bytes = part.value as Uint8Array;
  // A transferred or resized buffer has another length than when it was added, and would leave a hole.
  if (bytes.length !== part.length) {
    const message = `${describeType(part.type)}: ${part.length} bytes were added, but now there are ${bytes.length}`;
    throw new ProtocolError('ERR_VALUE_SIZE', message);
  }
  buffer.set(bytes, at);
}
