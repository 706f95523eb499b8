import { HEADER_BYTES } from './header.js';
import { ProtocolError } from './protocol-error.js';
import { EXTENDED_MARKER } from './tlv-types.js';

/**
 * A TLV, in one of two forms:
 *
 *   standard   | type | length | value ...                     length 0..255
 *   extended   | 255  | 0      | type | length u16 | value ... length 0..65,535
 */
export const STANDARD_BYTES = 2;
export const EXTENDED_BYTES = 5;
export const STANDARD_VALUE_MAX = 255;
export const VALUE_BYTES_MAX = 65_535;

const NOTHING = new Uint8Array(0);

/** Bytes of a TLV with a value of `valueLength` bytes, in the shorter of the forms that can hold it. */
export function tlvBytes(valueLength: number): number {
  return valueLength + (valueLength <= STANDARD_VALUE_MAX ? STANDARD_BYTES : EXTENDED_BYTES);
}

/** Writes what stands before a value, in the same form as {@link tlvBytes}; gives the offset of the value. */
export function writeTlvHeader(view: DataView, offset: number, type: number, valueLength: number): number {
  if (valueLength <= STANDARD_VALUE_MAX) {
    view.setUint8(offset, type);
    view.setUint8(offset + 1, valueLength);
    return offset + STANDARD_BYTES;
  }
  view.setUint8(offset, EXTENDED_MARKER);
  view.setUint8(offset + 1, 0);
  view.setUint8(offset + 2, type);
  view.setUint16(offset + 3, valueLength, true);
  return offset + EXTENDED_BYTES;
}

/**
 * Goes over the TLVs of one message in order, without allocating. The fields describe the TLV that `next` or `find`
 * stopped at, and mean nothing before that.
 *
 * Every byte is read once and checked before it is used: a message that changes under the cursor can give a wrong value
 * or an error, never an access outside the payload.
 */
export class TlvCursor {
  /** The memory of the message; values are `buffer[valueOffset .. valueOffset + valueLength)`. */
  buffer: Uint8Array = NOTHING;
  /** The type number; unknown ones are stopped at like all others. */
  type = 0;
  /** Where the TLV begins in `buffer`. */
  tlvOffset = 0;
  /** Where its value begins in `buffer` (and in a DataView of the same memory). */
  valueOffset = 0;
  valueLength = 0;
  private messageOffset = 0;
  private nextOffset = 0;
  private end = 0;

  /** @internal Stands before the first TLV of the message at `offset`, whose header was checked. */
  startAt(buffer: Uint8Array, offset: number, length: number): this {
    this.buffer = buffer;
    this.messageOffset = offset;
    this.end = offset + length;
    this.rewind();
    return this;
  }

  /** Back to before the first TLV. */
  rewind(): void {
    this.type = 0;
    this.tlvOffset = 0;
    this.valueOffset = 0;
    this.valueLength = 0;
    this.nextOffset = this.messageOffset + HEADER_BYTES;
  }

  /**
   * Goes to the next TLV; false at the end of the payload.
   *
   * @throws ProtocolError `ERR_TLV_OVERRUN`, `ERR_EXTENDED_MARKER`, both with the offset of the TLV in the message;
   * the cursor then stays where it was
   */
  next(): boolean {
    const { buffer, end, nextOffset: start } = this;
    if (start >= end) return false;
    if (start + STANDARD_BYTES > end) throw this.overrun(start, STANDARD_BYTES);
    let type = buffer[start]!;
    let length = buffer[start + 1]!;
    let value = start + STANDARD_BYTES;
    if (type === EXTENDED_MARKER) {
      if (length !== 0) throw this.malformed(start, length);
      value = start + EXTENDED_BYTES;
      if (value > end) throw this.overrun(start, EXTENDED_BYTES);
      type = buffer[start + 2]!;
      length = buffer[start + 3]! | (buffer[start + 4]! << 8);
    }
    if (value + length > end) throw this.overrun(start, value + length - start);
    this.type = type;
    this.tlvOffset = start;
    this.valueOffset = value;
    this.valueLength = length;
    this.nextOffset = value + length;
    return true;
  }

  /** Goes to the first TLV of a type, from the beginning; false when there is none. @throws as {@link next} */
  find(type: number): boolean {
    this.rewind();
    return this.findNext(type);
  }

  /** Goes to the next TLV of a type, from here on; false when there is none. @throws as {@link next} */
  findNext(type: number): boolean {
    while (this.next()) {
      if (this.type === type) return true;
    }
    return false;
  }

  private overrun(start: number, needed: number): ProtocolError {
    const offset = start - this.messageOffset;
    const left = this.end - start;
    const message = `the TLV at byte ${offset} of the message needs ${needed} bytes, but ${left} are left`;
    return new ProtocolError('ERR_TLV_OVERRUN', message, { offset });
  }

  private malformed(start: number, found: number): ProtocolError {
    const offset = start - this.messageOffset;
    const message = `the extended TLV at byte ${offset} of the message has ${found} after its marker instead of 0`;
    return new ProtocolError('ERR_EXTENDED_MARKER', message, { offset });
  }
}
