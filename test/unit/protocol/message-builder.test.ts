import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  defineTlv,
  Heartbeat,
  MESSAGE_BYTES_MAX,
  parseMessage,
  RelayDomain,
  SourceType,
  TlvMessageBuilder,
  TlvType,
  type TlvCodec,
} from '#src/protocol/index.js';
import { ascending, hex, refused, vectorBuilder } from './kit.js';

const beat = { timestampNs: 5n, service: 4, status: 1 };

test('what the header is given is what the header holds', () => {
  for (const domain of Object.values(RelayDomain)) {
    const { header } = parseMessage(
      new TlvMessageBuilder(domain, SourceType.RiskManager).withFlags(0xa5).withVersion(3).withSequence(1).build(),
    );
    assert.deepEqual([header.domain, header.source, header.flags, header.version], [domain, 41, 0xa5, 3]);
  }
});

test('sequence and timestamp are 0 until set, and take numbers and bigints alike', () => {
  const headerOf = (builder: TlvMessageBuilder) => {
    const { sequence, timestamp } = parseMessage(builder.build()).header;
    return [sequence, timestamp];
  };
  const builder = new TlvMessageBuilder(RelayDomain.System, 1);
  assert.deepEqual(headerOf(builder), [0n, 0n]);
  const values = [0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n];
  for (const value of values) {
    assert.deepEqual(headerOf(builder.withSequence(value).withTimestamp(value + 1n)), [value, value + 1n]);
    assert.deepEqual(headerOf(builder.withSequence(Number(value)).withTimestamp(0)), [value, 0n]);
    assert.deepEqual(headerOf(builder.withSequence(0).withTimestamp(Number(value))), [0n, value]);
  }
  const greatest = 2n ** 64n - 1n;
  assert.deepEqual(headerOf(builder.withSequence(greatest).withTimestamp(greatest)), [greatest, greatest]);
});

test('a timestamp can be copied from where it stands', () => {
  const memory = new DataView(new ArrayBuffer(12));
  memory.setBigUint64(3, 0xfedc_ba98_7654_3210n, true);
  const { timestamp } = parseMessage(vectorBuilder().withTimestampFrom(memory, 3).build()).header;
  assert.equal(timestamp, 0xfedc_ba98_7654_3210n);
});

test('header values that do not fit are refused by name, never cut', () => {
  const builder = vectorBuilder();
  const before = hex(builder.build());
  const wrong = [-1, 0.5, 2 ** 53, NaN, Infinity, -1n, 2n ** 64n, '7', null, undefined];
  for (const value of wrong as number[]) {
    assert.equal(refused('ERR_FIELD', () => builder.withSequence(value)).field, 'sequence');
    assert.equal(refused('ERR_FIELD', () => builder.withTimestamp(value)).field, 'timestamp');
  }
  for (const value of [-1, 256, 1.5, NaN, '1', 1n, null] as number[]) {
    assert.equal(refused('ERR_FIELD', () => builder.withFlags(value)).field, 'flags');
    assert.equal(refused('ERR_FIELD', () => builder.withVersion(value)).field, 'version');
    assert.equal(refused('ERR_FIELD', () => new TlvMessageBuilder(1, value)).field, 'source');
  }
  for (const value of [0, 5, -1, 1.5, '1', undefined] as unknown as RelayDomain[]) {
    assert.equal(refused('ERR_FIELD', () => new TlvMessageBuilder(value, 1)).field, 'domain');
  }
  assert.equal(hex(builder.build()), before);
});

test('a TLV type is 0 to 254; the extended marker and all else are refused', () => {
  for (const type of [0, 12, 120, 199, 254]) {
    assert.equal(parseMessage(vectorBuilder().addTlv(type, ascending(2)).build()).find(type)?.value.length, 2);
  }
  for (const type of [255, 256, -1, 1.5, NaN])
    refused('ERR_TLV_TYPE', () => vectorBuilder().addTlv(type, ascending(1)));
});

test('bytes of any size go with a type that has a size rule: a relay forwards what it did not make', () => {
  const message = parseMessage(vectorBuilder().addTlv(TlvType.Trade, ascending(7)).build());
  assert.deepEqual(message.find(TlvType.Trade)?.value, ascending(7));
});

test('a typed value is added by its type or by its codec, with the same bytes', () => {
  const byType = vectorBuilder().addTlv(TlvType.Heartbeat, beat).build();
  const byCodec = vectorBuilder().addTlv(Heartbeat, beat).build();
  assert.equal(hex(byType), hex(byCodec));
  assert.deepEqual(parseMessage(byType).get(Heartbeat), beat);
});

test('a typed value of a type without a codec is refused', () => {
  const builder = vectorBuilder() as unknown as { addTlv(type: number, value: object): unknown };
  const error = refused('ERR_TLV_TYPE', () => builder.addTlv(TlvType.OrderStatus, { id: 1 }));
  assert.match(error.message, /^OrderStatus \(TLV type 41\) has no codec/);
});

test('the compiler refuses values of the wrong shape', () => {
  const builder = vectorBuilder();
  const unused = (): unknown => [
    // @ts-expect-error -- a field is missing
    builder.addTlv(TlvType.Heartbeat, { timestampNs: 5n, service: 4 }),
    // @ts-expect-error -- a field has another type
    builder.addTlv(Heartbeat, { timestampNs: '5', service: 4, status: 1 }),
    // @ts-expect-error -- no such type has a codec
    builder.addTlv(TlvType.OrderBook, { bids: [] }),
    // @ts-expect-error -- no such domain
    new TlvMessageBuilder(9, 1),
  ];
  assert.equal(typeof unused, 'function');
});

test('a message takes up to 1 MiB and not a byte more; the builder refuses at the TLV that would pass it', () => {
  const builder = vectorBuilder();
  for (let i = 0; i < 15; i++) builder.addTlv(3, new Uint8Array(65_535));
  const left = MESSAGE_BYTES_MAX - builder.byteLength;
  const error = refused('ERR_TOO_LONG', () => builder.addTlv(4, new Uint8Array(left - 4)));
  assert.match(error.message, /at most 1048576 bytes with its header, this one 1048577/);
  builder.addTlv(4, new Uint8Array(left - 5));
  assert.equal(builder.byteLength, MESSAGE_BYTES_MAX);
  assert.equal(parseMessage(builder.build()).findAll(3).length, 15);
  refused('ERR_TOO_LONG', () => builder.addTlv(4, new Uint8Array(0)));
});

test('buildInto writes exactly where it is told, and refuses room that is too small before it writes', () => {
  const builder = vectorBuilder().addTlv(3, ascending(8));
  const length = builder.byteLength;
  const target = new Uint8Array(length + 10).fill(0xaa);
  assert.equal(builder.buildInto(target, 10), length);
  assert.equal(hex(target.subarray(10)), hex(builder.build()));
  const untouched = new Uint8Array(length + 10).fill(0xaa);
  for (const offset of [11, length + 11, -1, 0.5, NaN, Infinity]) {
    refused('ERR_OUT_OF_BOUNDS', () => builder.buildInto(untouched, offset));
  }
  refused('ERR_OUT_OF_BOUNDS', () => builder.buildInto(new Uint8Array(length - 1), 0));
  assert.ok(untouched.every((byte) => byte === 0xaa));
});

test('buildInto works through a part of a buffer, through Buffer, and with targets that alternate', () => {
  const builder = vectorBuilder().addTlv(Heartbeat, beat);
  const memory = new Uint8Array(500);
  const first = memory.subarray(100, 200);
  const second = Buffer.from(memory.buffer, 300, 150);
  for (let round = 0; round < 3; round++) {
    builder.withSequence(round);
    assert.equal(builder.buildInto(first, 1), builder.buildInto(second, 2));
    const expected = hex(builder.build());
    assert.equal(hex(memory.subarray(101, 101 + builder.byteLength)), expected);
    assert.equal(hex(memory.subarray(302, 302 + builder.byteLength)), expected);
  }
});

test('buildInto follows a resizable buffer that shrinks and grows', { skip: needsResizable() }, () => {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
  const memory = new Resizable(64, { maxByteLength: 256 });
  const resize = (length: number): void => (memory as unknown as { resize(length: number): void }).resize(length);
  const target = new Uint8Array(memory);
  const builder = vectorBuilder().addTlv(3, ascending(8));
  builder.buildInto(target, 0);
  resize(16);
  refused('ERR_OUT_OF_BOUNDS', () => builder.buildInto(target, 0));
  resize(200);
  builder.buildInto(target, 150);
  assert.equal(hex(target.subarray(150, 150 + builder.byteLength)), hex(builder.build()));
});

function needsResizable(): string | false {
  return 'resize' in ArrayBuffer.prototype ? false : 'needs resizable ArrayBuffers';
}

test('values are read when the message is built: a changed value makes a new message', () => {
  const value = { timestampNs: 1, service: 2, status: 3 };
  const bytes = ascending(3);
  const builder = vectorBuilder().addTlv(Heartbeat, value).addTlv(200, bytes);
  builder.build();
  value.status = 9;
  bytes[0] = 77;
  const message = parseMessage(builder.build());
  assert.equal(message.get(Heartbeat)?.status, 9);
  assert.equal(message.find(200)?.value[0], 77);
});

test('bytes that were transferred away since they were added are refused, not replaced by a hole', () => {
  const bytes = ascending(16);
  const builder = vectorBuilder().addTlv(200, bytes);
  structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] });
  assert.match(refused('ERR_VALUE_SIZE', () => builder.build()).message, /16 bytes were added, but now there are 0/);
});

test('a typed value that does not fit is refused when the message is built, and the builder can go on', () => {
  const value = { timestampNs: 1, service: 256, status: 3 };
  const builder = vectorBuilder().addTlv(Heartbeat, value);
  assert.equal(refused('ERR_FIELD', () => builder.build()).field, 'service');
  assert.equal(refused('ERR_FIELD', () => builder.buildInto(new Uint8Array(100), 0)).field, 'service');
  value.service = 255;
  assert.equal(parseMessage(builder.build()).get(Heartbeat)?.service, 255);
});

test('reset forgets all but domain and source, and the builder makes the messages of a new one', () => {
  const builder = new TlvMessageBuilder(RelayDomain.Execution, 42)
    .withSequence(2n ** 64n - 1n)
    .withTimestamp(2n ** 64n - 1n)
    .withFlags(255)
    .withVersion(7)
    .addTlv(Heartbeat, beat)
    .addTlv(200, ascending(300));
  const fresh = new TlvMessageBuilder(RelayDomain.Execution, 42);
  assert.equal(builder.reset().byteLength, 32);
  assert.equal(hex(builder.build()), hex(fresh.build()));
  const again = (to: TlvMessageBuilder) => hex(to.addTlv(201, ascending(2)).addTlv(Heartbeat, beat).build());
  assert.equal(again(builder), again(fresh));
});

test('reset lets go of the values', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const builder = vectorBuilder();
  const held = new WeakRef(ascending(10));
  builder.addTlv(200, held.deref() ?? ascending(1)).reset();
  // A WeakRef holds on to its object until the job that made or asked it is over.
  await nextTurn();
  collect();
  assert.equal(held.deref(), undefined);
  assert.equal(builder.byteLength, 32);
});

test('a codec whose value is longer than 255 bytes goes out in the extended form', () => {
  const Wide = defineTlv({ name: 'Wide', type: 230, fields: { id: 'u16', body: 'bytes[400]' } });
  const value = { id: 515, body: ascending(400) };
  const message = vectorBuilder().addTlv(Wide, value).build();
  assert.equal(hex(message.subarray(32, 39)), 'ff00e692010302');
  assert.deepEqual(parseMessage(message).get(Wide), value);
});

test('a codec may be handed over where its kind of value is not known', () => {
  const add = <Input extends object>(codec: TlvCodec<Input, object>, value: Input): Uint8Array =>
    vectorBuilder().addTlv(codec, value).build();
  assert.equal(hex(add(Heartbeat, beat)), hex(vectorBuilder().addTlv(Heartbeat, beat).build()));
});
