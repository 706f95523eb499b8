import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  codecOf,
  crc32,
  HEADER,
  HEADER_BYTES,
  MESSAGE_MAGIC,
  MessageReader,
  parseMessage,
  ProtocolError,
  TlvMessageBuilder,
  TlvType,
  type ProtocolErrorCode,
} from '#src/protocol/index.js';
import { fuzz, RUNS, type Random } from './random.js';

const TYPES = Object.values(TlvType);
const LENGTHS = [0, 1, 16, 24, 32, 40, 56, 254, 255, 256, 257, 300];

/** A well-formed message with what its author put in. */
function randomMessage(random: Random): Uint8Array {
  const builder = new TlvMessageBuilder(random.pick([1, 2, 3, 4]), random.below(256))
    .withFlags(random.below(256))
    .withSequence(random.below(2 ** 32))
    .withTimestamp(random.below(2 ** 32) * 2 ** 20);
  for (let i = random.below(8); i > 0; i--) {
    const type = random.chance(0.5) ? random.pick(TYPES) : random.below(255);
    builder.addTlv(type, random.bytes(random.chance(0.5) ? random.pick(LENGTHS) : random.below(60)));
  }
  return builder.build();
}

/** TLVs that are right, nearly right, or noise: markers, lengths and truncation where they hurt. */
function randomPayload(random: Random): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let i = random.below(6); i > 0; i--) {
    const length = random.chance(0.3) ? random.pick(LENGTHS) : random.below(30);
    const said = random.chance(0.15) ? random.below(65_536) : length;
    const type = random.chance(0.2) ? 255 : random.below(256);
    const isExtended = random.chance(0.4) || length > 255;
    const zero = random.chance(0.1) ? random.below(256) : 0;
    pieces.push(isExtended ? Uint8Array.of(255, zero, type, said & 255, said >> 8) : Uint8Array.of(type, said & 255));
    pieces.push(random.bytes(length));
  }
  const whole = Buffer.concat(pieces);
  return whole.subarray(0, random.chance(0.3) ? random.below(whole.length + 1) : whole.length);
}

function seal(payload: Uint8Array): Uint8Array {
  const message = Buffer.alloc(HEADER_BYTES + payload.length);
  message.set(payload, HEADER_BYTES);
  message.writeUInt32LE(MESSAGE_MAGIC, HEADER.magic);
  message.writeUInt32LE(payload.length, HEADER.payloadSize);
  const covered = Buffer.concat([message.subarray(0, HEADER.checksum), payload]);
  message.writeUInt32LE(crc32(covered), HEADER.checksum);
  return message;
}

interface Expected {
  readonly tlvs: readonly string[];
  readonly code?: ProtocolErrorCode;
  readonly offset?: number;
}

/** The rules for a payload a second time, taking it apart from the front instead of walking over it. */
function expectedOf(payload: Uint8Array): Expected {
  const tlvs: string[] = [];
  let rest = Buffer.from(payload);
  while (rest.length > 0) {
    const offset = HEADER_BYTES + payload.length - rest.length;
    const isExtended = rest[0] === 255;
    if (isExtended && rest.length > 1 && rest[1] !== 0) return { tlvs, code: 'ERR_EXTENDED_MARKER', offset };
    const head = isExtended ? 5 : 2;
    if (rest.length < head) return { tlvs, code: 'ERR_TLV_OVERRUN', offset };
    const length = isExtended ? rest.readUInt16LE(3) : rest.readUInt8(1);
    if (rest.length < head + length) return { tlvs, code: 'ERR_TLV_OVERRUN', offset };
    tlvs.push(`${rest.readUInt8(isExtended ? 2 : 0)}:${rest.toString('hex', head, head + length)}`);
    rest = rest.subarray(head + length);
  }
  return { tlvs };
}

/** What was refused, or undefined; any other error fails the test. */
function refusal(run: () => void): ProtocolError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (ProtocolError.is(error)) return error;
    throw error;
  }
}

test(`noise is refused by a declared error (${RUNS} inputs)`, () => {
  fuzz((random) => {
    const bytes = random.bytes(random.below(random.chance(0.5) ? 40 : 200));
    if (random.chance(0.5) && bytes.length >= 4) new DataView(bytes.buffer).setUint32(0, MESSAGE_MAGIC, true);
    if (random.chance(0.5) && bytes.length >= 28) {
      new DataView(bytes.buffer).setUint32(HEADER.payloadSize, bytes.length - HEADER_BYTES, true);
    }
    const error = refusal(() => parseMessage(bytes));
    assert.ok(error !== undefined, 'noise passed for a message');
    assert.equal(refusal(() => new MessageReader().wrap(bytes))?.code, error.code);
  });
});

test(`payloads of any kind give the TLVs and the refusal that the rules give (${RUNS} inputs)`, () => {
  const reader = new MessageReader();
  fuzz((random) => {
    const payload = randomPayload(random);
    const bytes = seal(payload);
    const expected = expectedOf(payload);
    const seen: string[] = [];
    reader.wrap(bytes);
    const error = refusal(() => {
      while (reader.next()) {
        const end = reader.valueOffset + reader.valueLength;
        seen.push(`${reader.type}:${Buffer.from(bytes.subarray(reader.valueOffset, end)).toString('hex')}`);
      }
    });
    assert.deepEqual(seen, expected.tlvs);
    assert.deepEqual([error?.code, error?.offset], [expected.code, expected.offset]);
    const whole = refusal(() => {
      const parsed = [...parseMessage(bytes).tlvs()];
      assert.deepEqual(
        parsed.map((tlv) => `${tlv.type}:${Buffer.from(tlv.value).toString('hex')}`),
        seen,
      );
    });
    assert.deepEqual([whole?.code, whole?.offset], [expected.code, expected.offset]);
  });
});

test(`a message with changed, missing or added bytes is refused (${RUNS} inputs)`, () => {
  fuzz((random) => {
    const message = randomMessage(random);
    assert.equal(
      refusal(() => parseMessage(message)),
      undefined,
    );
    let damaged = message.slice();
    const kind = random.below(3);
    if (kind === 0) {
      // Up to four neighbouring bytes: a burst that CRC-32 always finds (across its own field: but for 1 in 2^32).
      const at = random.below(message.length);
      const end = Math.min(at + 1 + random.below(4), message.length);
      for (let i = at; i < end; i++) damaged[i]! ^= 1 + random.below(255);
    } else if (kind === 1) {
      damaged = message.slice(0, random.below(message.length));
    } else {
      damaged = Uint8Array.from([...message, ...random.bytes(1 + random.below(9))]);
    }
    assert.ok(refusal(() => parseMessage(damaged)) !== undefined, 'a damaged message passed');
  });
});

test(`codecs decode any bytes to a value that encodes to the same, or refuse them (${RUNS} inputs)`, () => {
  const typed = TYPES.filter((type) => codecOf(type) !== undefined);
  fuzz((random) => {
    const codec = codecOf(random.pick(typed))!;
    const bytes = random.bytes(random.chance(0.1) ? random.below(70) : codec.size);
    // The upper bytes of 64-bit fields mostly zero: fixed-point values within what numbers keep exactly.
    for (let i = 6; i < bytes.length; i += 8) bytes.fill(0, i, i + 2);
    const view = new DataView(bytes.buffer);
    let value: object | undefined;
    const error = refusal(() => (value = codec.decode(view, 0, bytes.length)));
    if (bytes.length !== codec.size) return assert.equal(error?.code, 'ERR_VALUE_SIZE');
    if (value === undefined) return assert.equal(error?.code, 'ERR_FIELD');
    const again = new Uint8Array(codec.size).fill(0xee);
    codec.encode(value as never, new DataView(again.buffer), 0);
    assert.deepEqual(codec.decode(new DataView(again.buffer), 0), value);
  });
});
