import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MessageReader,
  parseMessage,
  Side,
  SourceType,
  StageFlag,
  TlvType,
  Trade,
  TraceContext,
  type TlvMessageBuilder,
} from '#src/protocol/index.js';
import { ascending, fromHex, hex, vectorBuilder } from './kit.js';

const trade: Trade = {
  assetId: 0x123456789abcdef0n,
  price: 45_123.45,
  volume: 1.5,
  executionTimestampNs: 1_700_000_000_000_000_001n,
  venueId: 7,
  assetType: 2,
  side: Side.Sell,
};
const trace: TraceContext = {
  startTimestampNs: 1_700_000_000_000_000_000n,
  currentTimestampNs: 1_700_000_000_000_000_500n,
  sourceService: SourceType.PolygonCollector,
  spanDepth: 0,
  stageFlags: StageFlag.Collected,
  traceId: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
};

/** Computed independently of this project. */
const VECTORS: readonly { name: string; types: number[]; bytes: string; add(to: TlvMessageBuilder): void }[] = [
  {
    name: 'a message without TLVs',
    types: [],
    add: () => undefined,
    bytes: 'efbeadde010104002a0000000000000000002a36fe9c97170000000043868858',
  },
  {
    name: 'one Trade',
    types: [TlvType.Trade],
    add: (to) => to.addTlv(TlvType.Trade, trade),
    bytes:
      'efbeadde010104002a0000000000000000002a36fe9c97172a0000007c1831f60128f0debc9a785634124088b89c1a040000' +
      '80d1f0080000000001002a36fe9c97170700020001000000',
  },
  {
    name: 'a Trade, then a TraceContext',
    types: [TlvType.Trade, TlvType.TraceContext],
    add: (to) => to.addTlv(TlvType.Trade, trade).addTlv(TlvType.TraceContext, trace),
    bytes:
      'efbeadde010104002a0000000000000000002a36fe9c97174c0000005fd803340128f0debc9a785634124088b89c1a040000' +
      '80d1f0080000000001002a36fe9c971707000200010000006c2000002a36fe9c9717f4012a36fe9c97170400010000000000' +
      '0102030405060708',
  },
  {
    name: 'an extended OrderBook of 256 bytes',
    types: [TlvType.OrderBook],
    add: (to) => to.addTlv(TlvType.OrderBook, ascending(256)),
    bytes: `efbeadde010104002a0000000000000000002a36fe9c971705010000d0018572ff00030001${hex(ascending(256))}`,
  },
];

for (const vector of VECTORS) {
  test(`the published vector of ${vector.name} is built byte for byte`, () => {
    const builder = vectorBuilder();
    vector.add(builder);
    assert.equal(hex(builder.build()), vector.bytes);
    assert.equal(builder.byteLength, vector.bytes.length / 2);

    const target = new Uint8Array(400).fill(0xaa);
    const length = builder.buildInto(target, 9);
    assert.equal(hex(target.subarray(9, 9 + length)), vector.bytes);
    assert.ok(
      target.subarray(0, 9).every((byte) => byte === 0xaa),
      'nothing is written before the message',
    );
    assert.ok(
      target.subarray(9 + length).every((byte) => byte === 0xaa),
      'nothing is written after the message',
    );
  });

  test(`the published vector of ${vector.name} is parsed and read`, () => {
    const bytes = fromHex(vector.bytes);
    const message = parseMessage(bytes);
    const header = { domain: 1, version: 1, source: 4, flags: 0, sequence: 42n, timestamp: 1_700_000_000_000_000_000n };
    const payloadSize = bytes.length - 32;
    const checksum = Buffer.from(bytes).readUInt32LE(28);
    assert.deepEqual(message.header, { ...header, payloadSize, checksum });
    assert.deepEqual(
      [...message.tlvs()].map((tlv) => tlv.type),
      vector.types,
    );

    const { domain, version, source, flags, sequence, timestamp } = new MessageReader().wrap(bytes);
    assert.deepEqual({ domain, version, source, flags, sequence, timestamp }, header);
  });
}

test('the values of the published vectors are decoded as they were given', () => {
  const message = parseMessage(fromHex(VECTORS[2]!.bytes));
  assert.deepEqual(message.get(Trade), trade);
  assert.deepEqual(message.get(TraceContext), trace);
  assert.deepEqual(parseMessage(fromHex(VECTORS[3]!.bytes)).find(TlvType.OrderBook)?.value, ascending(256));
});
