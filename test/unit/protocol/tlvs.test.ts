import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageReader, parseMessage, TlvType, VALUE_BYTES_MAX } from '#src/protocol/index.js';
import { ascending, fromHex, hex, refused, sealed, vectorBuilder } from './kit.js';

/** The TLVs of a payload as text. */
function tlvsOf(payload: string): string[] {
  return [...parseMessage(sealed(fromHex(payload))).tlvs()].map((tlv) => `${tlv.type}@${tlv.offset}:${hex(tlv.value)}`);
}

test('unknown types are carried, in their place between known ones', () => {
  assert.deepEqual(tlvsOf('0301aa' + '7802bbcc' + '0000' + 'c800' + '0401dd'), [
    '3@32:aa',
    '120@35:bbcc',
    '0@39:',
    '200@41:',
    '4@43:dd',
  ]);
});

test('the same type may come more than once, and keeps its order', () => {
  const message = parseMessage(sealed(fromHex('0301aa0401bb0301cc0300')));
  assert.deepEqual(
    message.findAll(3).map((tlv) => hex(tlv.value)),
    ['aa', 'cc', ''],
  );
  assert.equal(hex(message.find(3)?.value ?? new Uint8Array(9)), 'aa', 'find gives the first');
  assert.deepEqual(message.findAll(5), []);
  assert.equal(message.find(5), undefined);
});

test('the extended form is accepted for values that the standard form could hold', () => {
  assert.deepEqual(tlvsOf('ff00030100aa' + 'ff00040000' + '0301bb'), ['3@32:aa', '4@38:', '3@43:bb']);
});

test('the marker may stand as a type inside the extended form: it is carried, and not looked into', () => {
  assert.deepEqual(tlvsOf('ff00ff0300ff0102'), ['255@32:ff0102']);
});

test('a second byte other than 0 after the marker is malformed, and the error says where', () => {
  for (let second = 1; second < 256; second++) {
    const payload = Uint8Array.of(3, 1, 0xaa, 255, second, 3, 0, 0);
    const error = refused('ERR_EXTENDED_MARKER', () => parseMessage(sealed(payload)));
    assert.equal(error.offset, 35);
    assert.match(error.message, new RegExp(`at byte 35 of the message has ${second} after its marker`));
  }
  refused('ERR_EXTENDED_MARKER', () => parseMessage(sealed(Uint8Array.of(255, 1))));
});

test('a TLV that runs past the payload is an error that names its offset', () => {
  const table: readonly (readonly [payload: string, offset: number])[] = [
    ['03', 32],
    ['0301', 32],
    ['03ff', 32],
    ['0301aa04', 35],
    ['0301aa0402bb', 35],
    ['ff', 32],
    ['ff00', 32],
    ['ff0003', 32],
    ['ff000300', 32],
    ['ff00030100', 32],
    [`ff0003ffff${'00'.repeat(100)}`, 32],
    ['0301aa' + 'ff00030200bb', 35],
  ];
  for (const [payload, offset] of table) {
    const error = refused('ERR_TLV_OVERRUN', () => parseMessage(sealed(fromHex(payload))));
    assert.equal(error.offset, offset, payload);
    assert.match(error.message, new RegExp(`TLV at byte ${offset} of the message needs`));
  }
});

test('the length of an extended TLV that is cut off is not read from the bytes after the message', () => {
  const message = sealed(fromHex('ff0003'));
  const buffer = new Uint8Array(message.length + 50).fill(1);
  buffer.set(message);
  const reader = new MessageReader().wrap(buffer, 0, message.length);
  assert.match(refused('ERR_TLV_OVERRUN', () => reader.next()).message, /needs 5 bytes, but 3 are left$/);
});

test('a payload cut at any byte is a shorter list of TLVs or an overrun at the one that was cut', () => {
  const whole = vectorBuilder().addTlv(3, ascending(5)).addTlv(4, ascending(256)).addTlv(5, ascending(0)).build();
  const starts = [32, 39, 300, 302];
  for (let end = 32; end <= whole.length; end++) {
    const cut = sealed(whole.slice(32, end));
    const complete = starts.findIndex((start) => start >= end);
    if (starts[complete] === end) {
      assert.equal([...parseMessage(cut).tlvs()].length, complete, `cut at ${end}`);
    } else {
      const error = refused('ERR_TLV_OVERRUN', () => parseMessage(cut));
      assert.equal(error.offset, starts[complete - 1], `cut at ${end}`);
    }
  }
});

test('the builder takes the standard form up to 255 bytes and the extended one above, up to 65,535', () => {
  const table: readonly (readonly [length: number, head: string])[] = [
    [0, '0300'],
    [1, '0301'],
    [255, '03ff'],
    [256, 'ff00030001'],
    [257, 'ff00030101'],
    [65_535, 'ff0003ffff'],
  ];
  for (const [length, head] of table) {
    const builder = vectorBuilder().addTlv(TlvType.OrderBook, ascending(length));
    const message = builder.build();
    assert.equal(hex(message.subarray(32, 32 + head.length / 2)), head);
    assert.equal(message.length, 32 + head.length / 2 + length);
    assert.deepEqual(parseMessage(message).find(TlvType.OrderBook)?.value, ascending(length));
  }
});

test('a value of more than 65,535 bytes is refused, and the builder is as before', () => {
  const builder = vectorBuilder().addTlv(3, ascending(4));
  const before = hex(builder.build());
  const error = refused('ERR_VALUE_TOO_LONG', () =>
    builder.addTlv(TlvType.L2Snapshot, new Uint8Array(VALUE_BYTES_MAX + 1)),
  );
  assert.match(error.message, /^L2Snapshot \(TLV type 5\): .* 65535 bytes, this one 65536$/);
  assert.equal(hex(builder.build()), before);
});

test('the reader stops at a malformed TLV and keeps what it had read before it', () => {
  const reader = new MessageReader().wrap(sealed(fromHex('0301aa04ff')));
  assert.ok(reader.next());
  refused('ERR_TLV_OVERRUN', () => reader.next());
  assert.deepEqual([reader.type, reader.tlvOffset, reader.valueOffset, reader.valueLength], [3, 32, 34, 1]);
  refused('ERR_TLV_OVERRUN', () => reader.next());
  refused('ERR_TLV_OVERRUN', () => reader.find(9));
  assert.ok(reader.find(3), 'what stands before it can be found');
});
