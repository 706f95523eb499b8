import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  differenceU64,
  Heartbeat,
  MessageReader,
  Quote,
  readFixed8,
  readU64Number,
  TlvType,
  Trade,
  TraceContext,
} from '#src/protocol/index.js';
import { ascending, hex, refused, vectorBuilder, viewOf } from './kit.js';

const beat = { timestampNs: 5n, service: 4, status: 1 };
const trade = {
  assetId: 1n,
  price: 2.5,
  volume: 3,
  executionTimestampNs: 4n,
  venueId: 5,
  assetType: 6,
  side: 0,
};

/** A message at byte 13 of a longer buffer. */
function embedded(message: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(message.length + 40).fill(0xee);
  buffer.set(message, 13);
  return buffer;
}

test('it reads a message in the middle of a buffer, in place', () => {
  const message = vectorBuilder()
    .addTlv(Trade, trade)
    .addTlv(3, ascending(300))
    .addTlv(Trade, { ...trade, side: 1 });
  const buffer = embedded(message.build());
  const reader = new MessageReader().wrap(buffer, 13, message.byteLength);
  assert.deepEqual(
    [reader.offset, reader.length, reader.payloadSize],
    [13, message.byteLength, message.byteLength - 32],
  );
  const seen: [number, number, number, number][] = [];
  while (reader.next()) seen.push([reader.type, reader.tlvOffset, reader.valueOffset, reader.valueLength]);
  assert.deepEqual(seen, [
    [1, 45, 47, 40],
    [3, 87, 92, 300],
    [1, 392, 394, 40],
  ]);
  assert.equal(reader.next(), false, 'the end stays the end');
  assert.ok(reader.find(3));
  assert.equal(hex(reader.buffer.subarray(reader.valueOffset, reader.valueOffset + 2)), '0001');
});

test('find begins at the first TLV, findNext where the reader stands', () => {
  const reader = new MessageReader().wrap(
    vectorBuilder().addTlv(3, ascending(1)).addTlv(4, ascending(2)).addTlv(3, ascending(3)).build(),
  );
  const lengths: number[] = [];
  for (let found = reader.find(3); found; found = reader.findNext(3)) lengths.push(reader.valueLength);
  assert.deepEqual(lengths, [1, 3]);
  assert.ok(reader.find(4));
  assert.equal(reader.find(99), false);
  reader.rewind();
  assert.ok(reader.next());
  assert.equal(reader.valueLength, 1);
});

test('sequence and timestamp come exactly as bigints and halves, and as numbers', () => {
  const sequence = 0xfedc_ba98_7654_3210n;
  const timestamp = 1_700_000_000_123_456_789n;
  const reader = new MessageReader().wrap(vectorBuilder().withSequence(sequence).withTimestamp(timestamp).build());
  assert.deepEqual([reader.sequence, reader.timestamp], [sequence, timestamp]);
  assert.deepEqual([reader.sequenceHigh, reader.sequenceLow], [0xfedc_ba98, 0x7654_3210]);
  assert.equal((BigInt(reader.timestampHigh) << 32n) | BigInt(reader.timestampLow), timestamp);
  assert.deepEqual([reader.sequenceNumber, reader.timestampNumber], [Number(sequence), Number(timestamp)]);
  reader.wrap(vectorBuilder().withSequence(Number.MAX_SAFE_INTEGER).build());
  assert.equal(reader.sequenceNumber, Number.MAX_SAFE_INTEGER);
});

test('a typed value is decoded where the reader stands, and nothing else is', () => {
  const reader = new MessageReader().wrap(
    embedded(vectorBuilder().addTlv(Trade, trade).addTlv(Heartbeat, beat).build()),
    13,
    92,
  );
  assert.match(
    refused('ERR_TLV_TYPE', () => reader.decode(Trade)).message,
    /stands before the first TLV, not at Trade/,
  );
  reader.next();
  assert.deepEqual(reader.decode(Trade), trade);
  const error = refused('ERR_TLV_TYPE', () => reader.decode(Heartbeat));
  assert.match(error.message, /stands at Trade \(TLV type 1\), not at Heartbeat \(TLV type 100\)/);
  const target = Heartbeat.zero();
  reader.next();
  assert.equal(reader.decodeInto(Heartbeat, target), target);
  assert.deepEqual(target, beat);
  refused('ERR_TLV_TYPE', () => reader.decodeInto(Trade, Trade.zero()));
});

test('a value of another length than its codec is refused', () => {
  const reader = new MessageReader().wrap(vectorBuilder().addTlv(TlvType.Quote, ascending(55)).build());
  reader.next();
  const error = refused('ERR_VALUE_SIZE', () => reader.decode(Quote));
  assert.match(error.message, /^Quote has 56 bytes, this value 55$/);
  refused('ERR_VALUE_SIZE', () => reader.decodeInto(Quote, Quote.zero()));
});

test('single fields are read without the rest of the value', () => {
  const trace = {
    startTimestampNs: 1_700_000_000_999_999_000n,
    currentTimestampNs: 1_700_000_001_000_000_500n,
    sourceService: 1,
    spanDepth: 2,
    stageFlags: 3,
    traceId: ascending(8),
  };
  const reader = new MessageReader().wrap(vectorBuilder().addTlv(Trade, trade).addTlv(TraceContext, trace).build());
  const { view } = reader;
  assert.ok(reader.find(TlvType.Trade));
  assert.equal(readFixed8(view, reader.valueOffset + Trade.at.price), 2.5);
  assert.equal(readU64Number(view, reader.valueOffset + Trade.at.assetId), 1);
  assert.ok(reader.find(TlvType.TraceContext));
  const { startTimestampNs, currentTimestampNs } = TraceContext.at;
  const [start, current] = [reader.valueOffset + startTimestampNs, reader.valueOffset + currentTimestampNs];
  assert.equal(differenceU64(view, current, view, start), 1_500);
  assert.equal(differenceU64(view, start, view, current), -1_500);
});

test('a range that is not within the buffer is refused before anything is read', () => {
  const message = vectorBuilder().build();
  const ranges: readonly (readonly [number, number])[] = [
    [0, 33],
    [1, 32],
    [-1, 32],
    [0, -1],
    [33, 0],
    [0.5, 31],
    [0, 31.5],
    [NaN, 32],
    [0, Infinity],
  ];
  for (const [offset, length] of ranges) {
    refused('ERR_OUT_OF_BOUNDS', () => new MessageReader().wrap(message, offset, length));
  }
});

test('a refused message leaves the reader at the one before', () => {
  const reader = new MessageReader().wrap(vectorBuilder().addTlv(3, ascending(4)).build());
  const damaged = vectorBuilder().withSequence(7).build();
  damaged[9]! ^= 1;
  refused('ERR_CHECKSUM', () => reader.wrap(damaged));
  assert.equal(reader.sequence, 42n);
  assert.ok(reader.next());
  assert.equal(reader.valueLength, 4);
});

test('one reader goes over messages in one buffer and in others', () => {
  const reader = new MessageReader();
  const ring = new Uint8Array(1_000);
  const builder = vectorBuilder().addTlv(Heartbeat, beat);
  for (let i = 0; i < 10; i++) {
    const length = builder.withSequence(i).buildInto(ring, i * 64);
    assert.equal(reader.wrap(ring, i * 64, length).sequenceNumber, i);
    assert.equal(reader.wrap(builder.build()).sequenceNumber, i);
  }
});

test('a length that changes under the reader never leads it out of the message', () => {
  const buffer = embedded(vectorBuilder().addTlv(3, ascending(10)).addTlv(4, ascending(10)).build());
  const reader = new MessageReader().wrap(buffer, 13, 56);
  buffer[13 + 33] = 255;
  refused('ERR_TLV_OVERRUN', () => reader.next());
  buffer[13 + 33] = 10;
  viewOf(buffer).setUint32(13 + 24, 0xffff_ffff, true);
  let count = 0;
  while (reader.next()) count++;
  assert.equal(count, 2, 'payload_size is read once, by wrap');
});
