import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeat, parseMessage, TlvType, Trade } from '#src/protocol/index.js';
import { ascending, hex, refused, vectorBuilder } from './kit.js';

const beats = [1, 2, 3].map((status) => ({ timestampNs: 5n, service: 4, status }));

function threeBeats(): Uint8Array {
  const builder = vectorBuilder();
  for (const beat of beats) builder.addTlv(Heartbeat, beat).addTlv(200, ascending(beat.status));
  return builder.build();
}

test('tlvs() can be gone over more than once, and each value is a view of the message', () => {
  const bytes = threeBeats();
  const message = parseMessage(bytes);
  assert.equal([...message.tlvs()].length, 6);
  assert.equal([...message.tlvs()].length, 6);
  for (const tlv of message.tlvs()) assert.equal(tlv.value.buffer, bytes.buffer);
  assert.equal(message.bytes, bytes);
});

test('get gives the first typed value and getAll gives all', () => {
  const message = parseMessage(threeBeats());
  assert.deepEqual(message.get(Heartbeat), beats[0]);
  assert.deepEqual(message.getAll(Heartbeat), beats);
  assert.equal(message.get(Trade), undefined);
  assert.deepEqual(message.getAll(Trade), []);
});

test('a codec of another type is refused, and so is a value of another size', () => {
  const message = parseMessage(vectorBuilder().addTlv(3, ascending(40)).addTlv(TlvType.Trade, ascending(39)).build());
  const error = refused('ERR_TLV_TYPE', () => message.find(3)?.decode(Trade));
  assert.match(error.message, /^Trade \(TLV type 1\) cannot decode OrderBook \(TLV type 3\)$/);
  assert.equal(error.offset, 32);
  refused('ERR_VALUE_SIZE', () => message.find(TlvType.Trade)?.decode(Trade));
  refused('ERR_VALUE_SIZE', () => message.get(Trade));
});

test('a message within a larger buffer is parsed from a view of it', () => {
  const message = threeBeats();
  const memory = Buffer.alloc(500, 0xee);
  memory.set(message, 101);
  const parsed = parseMessage(memory.subarray(101, 101 + message.length));
  assert.deepEqual(parsed.getAll(Heartbeat), beats);
  assert.equal(parsed.find(200)?.offset, 32 + 18);
});

test('a message in a SharedArrayBuffer is parsed in place', () => {
  const message = threeBeats();
  const shared = new Uint8Array(new SharedArrayBuffer(message.length));
  shared.set(message);
  assert.deepEqual(parseMessage(shared).getAll(Heartbeat), beats);
  assert.equal(hex(parseMessage(shared).findAll(200)[2]!.value), '000102');
});
