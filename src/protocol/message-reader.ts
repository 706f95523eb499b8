import { BufferView } from './buffer-view.js';
import type { TlvCodec } from './define-tlv.js';
import { checkMessage, HEADER } from './header.js';
import { ProtocolError } from './protocol-error.js';
import { TlvCursor } from './tlv-cursor.js';
import { describeType } from './tlv-types.js';
import { readU64Number } from './u64.js';

/**
 * Reads messages in place without allocating: one reader goes over any number of messages, one after the other.
 *
 * @example
 * const reader = new MessageReader();
 * const quote = Quote.zero();
 * consumer.poll((message) => {
 *   reader.wrap(message.buffer, message.offset, message.length);
 *   while (reader.next()) if (reader.type === TlvType.Quote) update(reader.decodeInto(Quote, quote));
 * });
 */
export class MessageReader extends TlvCursor {
  /** The memory of `buffer`, at the same offsets: for `decode` and for reading single fields. */
  view: DataView = new DataView(this.buffer.buffer);
  /** Where the message begins in `buffer`. */
  offset = 0;
  /** Bytes of the message, header included. */
  length = 0;
  private readonly views = new BufferView();

  /**
   * Checks the header of the message at `buffer[offset .. offset + length)` and stands before its first TLV. The same
   * `buffer` object as the last time makes no garbage; another one costs a DataView.
   *
   * @throws ProtocolError in this order: `ERR_OUT_OF_BOUNDS` when the range is not within the buffer, then
   * `ERR_TOO_SHORT`, `ERR_WRONG_MAGIC`, `ERR_PAYLOAD_SIZE`, `ERR_TOO_LONG`, `ERR_CHECKSUM`. The reader is then as
   * before.
   */
  wrap(buffer: Uint8Array, offset = 0, length: number = buffer.length - offset): this {
    const isWithin = Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0;
    if (!isWithin || offset + length > buffer.length) {
      const message = `${length} bytes at ${offset} are not within the ${buffer.length} of the buffer`;
      throw new ProtocolError('ERR_OUT_OF_BOUNDS', message);
    }
    const view = this.views.of(buffer);
    checkMessage(buffer, view, offset, length);
    this.view = view;
    this.offset = offset;
    this.length = length;
    this.startAt(buffer, offset, length);
    return this;
  }

  /** A RelayDomain, or a number that this version does not know. */
  get domain(): number {
    return this.view.getUint8(this.offset + HEADER.domain);
  }

  get version(): number {
    return this.view.getUint8(this.offset + HEADER.version);
  }

  /** A SourceType, or any other number. */
  get source(): number {
    return this.view.getUint8(this.offset + HEADER.source);
  }

  get flags(): number {
    return this.view.getUint8(this.offset + HEADER.flags);
  }

  /** Bytes of TLVs after the header. */
  get payloadSize(): number {
    return this.view.getUint32(this.offset + HEADER.payloadSize, true);
  }

  get checksum(): number {
    return this.view.getUint32(this.offset + HEADER.checksum, true);
  }

  /** Exact; makes a BigInt. */
  get sequence(): bigint {
    return this.view.getBigUint64(this.offset + HEADER.sequence, true);
  }

  /** The sequence as a number: exact below 2^53. */
  get sequenceNumber(): number {
    return readU64Number(this.view, this.offset + HEADER.sequence);
  }

  get sequenceLow(): number {
    return this.view.getUint32(this.offset + HEADER.sequence, true);
  }

  get sequenceHigh(): number {
    return this.view.getUint32(this.offset + HEADER.sequence + 4, true);
  }

  /** Nanoseconds since the Unix epoch, exact; makes a BigInt. */
  get timestamp(): bigint {
    return this.view.getBigUint64(this.offset + HEADER.timestamp, true);
  }

  /** The timestamp as a number: to 256 ns for times of today. For differences see `differenceU64`. */
  get timestampNumber(): number {
    return readU64Number(this.view, this.offset + HEADER.timestamp);
  }

  get timestampLow(): number {
    return this.view.getUint32(this.offset + HEADER.timestamp, true);
  }

  get timestampHigh(): number {
    return this.view.getUint32(this.offset + HEADER.timestamp + 4, true);
  }

  /**
   * The value that the reader stands at.
   *
   * @throws ProtocolError `ERR_TLV_TYPE` when that is of another type; and as the codec's `decode`
   */
  decode<Value extends object>(codec: TlvCodec<never, Value>): Value {
    this.expect(codec.type, codec.name);
    return codec.decode(this.view, this.valueOffset, this.valueLength);
  }

  /** As `decode`, into an object that exists, and returns it. @throws as {@link decode} */
  decodeInto<Value extends object>(codec: TlvCodec<never, Value>, target: NoInfer<Value>): Value {
    this.expect(codec.type, codec.name);
    return codec.decodeInto(target, this.view, this.valueOffset, this.valueLength);
  }

  private expect(type: number, name: string): void {
    if (this.valueOffset > 0 && this.type === type) return;
    const found = this.valueOffset > 0 ? `at ${describeType(this.type)}` : 'before the first TLV';
    throw new ProtocolError('ERR_TLV_TYPE', `the reader stands ${found}, not at ${name} (TLV type ${type})`);
  }
}
