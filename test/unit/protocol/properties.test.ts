import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  HEADER,
  MessageReader,
  parseMessage,
  ProtocolError,
  Quote,
  RelayDomain,
  TlvMessageBuilder,
  Trade,
} from '#src/protocol/index.js';
import { refused, sealed } from './kit.js';

/** Objects as literals make them, so that deepEqual takes them for equal. */
const plain = { noNullPrototype: true };
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const byte = fc.integer({ min: 0, max: 255 });
const header = fc.record(
  {
    domain: fc.constantFrom(...Object.values(RelayDomain)),
    source: byte,
    flags: byte,
    version: byte,
    sequence: u64,
    timestamp: u64,
  },
  plain,
);
const lengths = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(254, 255, 256, 257, 1_000));
const tlv = fc.record({
  type: fc.integer({ min: 0, max: 254 }),
  bytes: lengths.chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
});
const content = fc.record({ header, tlvs: fc.array(tlv, { maxLength: 12 }) });
type Content = typeof content extends fc.Arbitrary<infer Value> ? Value : never;

function built({ header: given, tlvs }: Content): TlvMessageBuilder {
  const builder = new TlvMessageBuilder(given.domain, given.source)
    .withFlags(given.flags)
    .withVersion(given.version)
    .withSequence(given.sequence)
    .withTimestamp(given.timestamp);
  for (const { type, bytes } of tlvs) builder.addTlv(type, bytes);
  return builder;
}

test('what is built is parsed as it was given, by parser and reader alike', () => {
  fc.assert(
    fc.property(content, (given) => {
      const bytes = built(given).build();
      const message = parseMessage(bytes);
      const { payloadSize, checksum, ...rest } = message.header;
      assert.deepEqual(rest, given.header);
      assert.deepEqual([payloadSize, checksum], [bytes.length - 32, new MessageReader().wrap(bytes).checksum]);
      const seen = [...message.tlvs()].map(({ type, value }) => ({ type, bytes: Uint8Array.from(value) }));
      assert.deepEqual(
        seen,
        given.tlvs.map(({ type, bytes: value }) => ({ type, bytes: Uint8Array.from(value) })),
      );
      const reader = new MessageReader().wrap(bytes);
      for (const { type, offset, value } of message.tlvs()) {
        assert.ok(reader.next());
        assert.deepEqual([reader.type, reader.tlvOffset, reader.valueLength], [type, offset, value.length]);
      }
      assert.equal(reader.next(), false);
    }),
  );
});

test('build and buildInto make the same bytes, whatever stood there before', () => {
  fc.assert(
    fc.property(content, byte, fc.integer({ min: 0, max: 70 }), (given, rubbish, offset) => {
      const builder = built(given);
      const target = new Uint8Array(builder.byteLength + 140).fill(rubbish);
      const length = builder.buildInto(target, offset);
      assert.deepEqual(target.subarray(offset, offset + length), builder.build());
      assert.ok(target.subarray(0, offset).every((value) => value === rubbish));
      assert.ok(target.subarray(offset + length).every((value) => value === rubbish));
    }),
  );
});

test('any one byte changed is found: by the check that covers it', () => {
  fc.assert(
    fc.property(content, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, where, change) => {
      const bytes = built(given).build();
      const at = where % bytes.length;
      bytes[at]! ^= change;
      const isSize = at >= HEADER.payloadSize && at < HEADER.checksum;
      refused(at < 4 ? 'ERR_WRONG_MAGIC' : isSize ? 'ERR_PAYLOAD_SIZE' : 'ERR_CHECKSUM', () => parseMessage(bytes));
    }),
  );
});

test('any bytes are a message or a declared error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isSealed) => {
      try {
        const message = parseMessage(isSealed ? sealed(bytes) : bytes);
        const total = [...message.tlvs()].reduce((sum, { value }) => sum + value.length, 0);
        assert.ok(total <= bytes.length);
      } catch (error) {
        assert.ok(ProtocolError.is(error), `undeclared error: ${String(error)}`);
        const structural = error.code === 'ERR_TLV_OVERRUN' || error.code === 'ERR_EXTENDED_MARKER';
        assert.equal(structural, isSealed, error.code);
        if (structural) assert.ok((error.offset ?? 0) >= 32 && (error.offset ?? 0) < 32 + bytes.length);
      }
    }),
    { numRuns: 1_000 },
  );
});

const price = fc.integer({ min: -67_108_864_0000, max: 67_108_864_0000 }).map((units) => units / 10_000);
const short = fc.integer({ min: 0, max: 65_535 });

test('any Trade and Quote goes through a message unchanged', () => {
  const trade = fc.record(
    {
      assetId: u64,
      price,
      volume: price,
      executionTimestampNs: u64,
      venueId: short,
      assetType: byte,
      side: fc.constantFrom(0, 1),
    },
    plain,
  );
  const quote = fc.record(
    {
      assetId: u64,
      bidPrice: price,
      bidSize: price,
      askPrice: price,
      askSize: price,
      quoteTimestampNs: u64,
      venueId: short,
      assetType: byte,
    },
    plain,
  );
  fc.assert(
    fc.property(trade, quote, (first, second) => {
      const bytes = new TlvMessageBuilder(RelayDomain.MarketData, 1).addTlv(Trade, first).addTlv(Quote, second).build();
      const message = parseMessage(bytes);
      assert.deepEqual(message.get(Trade), first);
      assert.deepEqual(message.get(Quote), second);
    }),
  );
});
