import { ProtocolError } from './protocol-error.js';
import { CRC_START, finishCrc, updateCrc } from './crc32.js';

/**
 * The header that every message begins with, little-endian:
 *
 *   byte 0               4        5         6        7       8
 *        +---------------+--------+---------+--------+-------+
 *        | magic         | domain | version | source | flags |
 *        +---------------+--------+---------+--------+-------+  8
 *        | sequence                                          |
 *        +---------------------------------------------------+ 16
 *        | timestamp (ns since the Unix epoch)               |
 *        +-------------------------+-------------------------+ 24
 *        | payload_size            | checksum                |
 *        +-------------------------+-------------------------+ 32
 *        | payload: TLVs ...
 *
 * The checksum covers the whole message but its own four bytes.
 */
export const HEADER = {
  magic: 0,
  domain: 4,
  version: 5,
  source: 6,
  flags: 7,
  sequence: 8,
  timestamp: 16,
  payloadSize: 24,
  checksum: 28,
} as const;

export const HEADER_BYTES = 32;
export const MESSAGE_MAGIC = 0xdead_beef;
export const PROTOCOL_VERSION = 1;

/** 1 MiB, header included. */
export const MESSAGE_BYTES_MAX = 1_048_576;

/** The checksum of the message of `length` bytes at `offset`, as a signed 32-bit integer. No allocation. */
export function messageChecksum(buffer: Uint8Array, offset: number, length: number): number {
  const head = updateCrc(CRC_START, buffer, offset, offset + HEADER.checksum);
  return finishCrc(updateCrc(head, buffer, offset + HEADER_BYTES, offset + length));
}

/**
 * The checks of a message, in this order: long enough for a header; magic; payload_size; (not above 1 MiB;) checksum.
 * The bound on the length stands before the checksum, so that no input costs more than 1 MiB of work.
 *
 * @throws ProtocolError `ERR_TOO_SHORT`, `ERR_WRONG_MAGIC`, `ERR_PAYLOAD_SIZE`, `ERR_TOO_LONG`, `ERR_CHECKSUM`
 */
export function checkMessage(buffer: Uint8Array, view: DataView, offset: number, length: number): void {
  if (length < HEADER_BYTES) {
    throw new ProtocolError('ERR_TOO_SHORT', `a message has at least ${HEADER_BYTES} bytes, this one ${length}`);
  }
  if (view.getInt32(offset, true) !== (MESSAGE_MAGIC | 0)) throw wrongMagic(view.getUint32(offset, true));
  if (view.getUint32(offset + HEADER.payloadSize, true) !== length - HEADER_BYTES) {
    throw wrongPayloadSize(view.getUint32(offset + HEADER.payloadSize, true), length - HEADER_BYTES);
  }
  if (length > MESSAGE_BYTES_MAX) throw tooLong(length);
  const computed = messageChecksum(buffer, offset, length);
  if (view.getInt32(offset + HEADER.checksum, true) !== computed) {
    throw wrongChecksum(view.getUint32(offset + HEADER.checksum, true), computed >>> 0);
  }
}

/** @throws nothing; the error for a message above 1 MiB, when building and when decoding. */
export function tooLong(length: number): ProtocolError {
  return new ProtocolError(
    'ERR_TOO_LONG',
    `a message has at most ${MESSAGE_BYTES_MAX} bytes with its header, this one ${length}`,
  );
}

function wrongMagic(found: number): ProtocolError {
  const message = `the message begins with ${hex(found)} instead of the magic ${hex(MESSAGE_MAGIC)}`;
  return new ProtocolError('ERR_WRONG_MAGIC', message, { offset: HEADER.magic });
}

function wrongPayloadSize(said: number, found: number): ProtocolError {
  const message = `the header says ${said} bytes of payload, but ${found} follow it`;
  return new ProtocolError('ERR_PAYLOAD_SIZE', message, { offset: HEADER.payloadSize });
}

function wrongChecksum(said: number, computed: number): ProtocolError {
  const message = `the header's checksum is ${hex(said)}, but that of the bytes is ${hex(computed)}: they were damaged`;
  return new ProtocolError('ERR_CHECKSUM', message, { offset: HEADER.checksum });
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
