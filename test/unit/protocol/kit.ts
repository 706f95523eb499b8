import assert from 'node:assert/strict';
import {
  crc32,
  HEADER,
  HEADER_BYTES,
  ProtocolError,
  RelayDomain,
  SourceType,
  TlvMessageBuilder,
  type ProtocolErrorCode,
} from '#src/protocol/index.js';

/** The header of the published test vectors. */
export function vectorBuilder(): TlvMessageBuilder {
  return new TlvMessageBuilder(RelayDomain.MarketData, SourceType.PolygonCollector)
    .withSequence(42)
    .withTimestamp(1_700_000_000_000_000_000n);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Bytes 0, 1, 2... */
export function ascending(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i & 0xff);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Runs what must be refused with this code, and gives the error. */
export function refused(code: ProtocolErrorCode, run: () => unknown): ProtocolError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ProtocolError, `undeclared error: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail(`expected ${code}, but nothing was thrown`);
}

/** A message with any payload, however malformed, whose header is right. */
export function sealed(payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(HEADER_BYTES + payload.length);
  message.set(vectorBuilder().build());
  message.set(payload, HEADER_BYTES);
  viewOf(message).setUint32(HEADER.payloadSize, payload.length, true);
  return resealed(message);
}

/** The same message with the checksum that its bytes have now. */
export function resealed(message: Uint8Array): Uint8Array {
  const covered = Buffer.concat([message.subarray(0, HEADER.checksum), message.subarray(HEADER_BYTES)]);
  viewOf(message).setUint32(HEADER.checksum, crc32(covered), true);
  return message;
}
