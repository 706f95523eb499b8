import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Fill,
  Heartbeat,
  OrderRequest,
  OrderType,
  Quote,
  Side,
  SignalIdentity,
  Trade,
  TraceContext,
  type AnyTlvCodec,
  type TlvCodec,
} from '#src/protocol/index.js';
import { ascending, hex, refused } from './kit.js';

function encodedBy<Input extends object>(codec: TlvCodec<Input, object>, value: Input): Uint8Array {
  const bytes = new Uint8Array(codec.size).fill(0xee);
  assert.equal(codec.encode(value, new DataView(bytes.buffer), 0), codec.size);
  return bytes;
}

/** The value of a codec, and its bytes as laid down field by field. */
function goesRound<Value extends object>(codec: TlvCodec<Value, Value>, value: Value, fields: readonly string[]): void {
  const bytes = encodedBy(codec, value);
  assert.equal(hex(bytes), fields.join(''));
  assert.deepEqual(codec.decode(new DataView(bytes.buffer), 0), value);
}

test('a Trade stands in 40 bytes as the protocol lays it down', () => {
  const value: Trade = {
    assetId: 0x0807060504030201n,
    price: 0.00000001,
    volume: -0.00000001,
    executionTimestampNs: 0x18171615_14131211n,
    venueId: 0x2221,
    assetType: 0x31,
    side: Side.Sell,
  };
  const fields = [
    '0102030405060708',
    '0100000000000000',
    'ffffffffffffffff',
    '1112131415161718',
    '2122',
    '31',
    '00',
    '01',
  ];
  goesRound(Trade, value, [...fields, '000000']);
});

test('a Quote stands in 56 bytes', () => {
  const value: Quote = {
    assetId: 1n,
    bidPrice: 585.33,
    bidSize: 1,
    askPrice: 585.34,
    askSize: 2,
    quoteTimestampNs: 2n,
    venueId: 3,
    assetType: 4,
  };
  const prices = ['40b3d6a00d000000', '00e1f50500000000', '80f5e5a00d000000', '00c2eb0b00000000'];
  goesRound(Quote, value, ['0100000000000000', ...prices, '0200000000000000', '0300', '04', '00', '00000000']);
});

test('a TraceContext stands in 32 bytes', () => {
  const value: TraceContext = {
    startTimestampNs: 1n,
    currentTimestampNs: 2n,
    sourceService: 3,
    spanDepth: 4,
    stageFlags: 15,
    traceId: ascending(8),
  };
  goesRound(TraceContext, value, [
    '0100000000000000',
    '0200000000000000',
    '03',
    '04',
    '0f',
    '00',
    '00000000',
    '0001020304050607',
  ]);
});

test('a SignalIdentity stands in 16 bytes, with its 64-bit field at 4', () => {
  const value: SignalIdentity = {
    strategyId: 0x04030201,
    signalId: 0x1817161514131211n,
    confidence: 10_000,
    chainId: 9,
  };
  goesRound(SignalIdentity, value, ['01020304', '1112131415161718', '1027', '09', '00']);
});

test('an OrderRequest stands in 32 bytes', () => {
  const value: OrderRequest = {
    orderId: 1n,
    assetId: 2n,
    price: 1,
    quantity: 0xffff_ffff,
    venueId: 3,
    side: Side.Sell,
    orderType: OrderType.Limit,
  };
  goesRound(OrderRequest, value, [
    '0100000000000000',
    '0200000000000000',
    '00e1f50500000000',
    'ffffffff',
    '0300',
    '01',
    '01',
  ]);
});

test('a Fill stands in 32 bytes', () => {
  const value: Fill = { orderId: 1n, price: -1, quantity: 2n ** 64n - 1n, timestampNs: 3n };
  goesRound(Fill, value, ['0100000000000000', '001f0afaffffffff', 'ffffffffffffffff', '0300000000000000']);
});

test('a Heartbeat stands in 16 bytes', () => {
  goesRound(Heartbeat, { timestampNs: 1n, service: 2, status: 3 }, ['0100000000000000', '02', '03', '000000000000']);
});

test('what a field of a shipped layout may not hold is refused both ways', () => {
  const cases: readonly (readonly [codec: AnyTlvCodec, field: string, wrong: number])[] = [
    [Trade, 'side', 2],
    [SignalIdentity, 'confidence', 10_001],
    [OrderRequest, 'side', 2],
    [OrderRequest, 'orderType', 2],
  ];
  for (const [codec, field, wrong] of cases) {
    const value = { ...codec.zero(), [field]: wrong };
    const bytes = new Uint8Array(codec.size);
    const view = new DataView(bytes.buffer);
    assert.equal(refused('ERR_FIELD', () => codec.encode(value as never, view, 0)).field, field);
    const at = (codec.at as Readonly<Record<string, number>>)[field] ?? 0;
    bytes[at] = wrong & 0xff;
    if (wrong > 255) bytes[at + 1] = wrong >> 8;
    assert.equal(refused('ERR_FIELD', () => codec.decode(view, 0)).field, field);
  }
});
