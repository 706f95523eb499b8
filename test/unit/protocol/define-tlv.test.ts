import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  defineTlv,
  parseMessage,
  TlvType,
  type FieldKind,
  type InputOf,
  type TlvFields,
  type ValueOf,
} from '#src/protocol/index.js';
import { ascending, hex, refused, vectorBuilder } from './kit.js';

/** One field of every kind. */
const Everything = defineTlv({
  name: 'Everything',
  type: 200,
  fields: {
    byte: 'u8',
    short: 'u16',
    word: 'u32',
    signed: 'i32',
    gap: 'pad[3]',
    long: 'u64',
    signedLong: 'i64',
    decimal: 'fixed8',
    real: 'f64',
    flag: 'bool',
    id: 'bytes[5]',
    percent: { kind: 'u8', min: 1, max: 100 },
    shift: { kind: 'i32', min: -10, max: -5 },
    end: 'pad[2]',
  },
});
const sample: ValueOf<typeof Everything> = {
  byte: 255,
  short: 65_535,
  word: 4_294_967_295,
  signed: -2_147_483_648,
  long: 2n ** 64n - 1n,
  signedLong: -(2n ** 63n),
  decimal: -45_123.45,
  real: Math.PI,
  flag: true,
  id: ascending(5),
  percent: 100,
  shift: -10,
};

function encoded(value: InputOf<typeof Everything>): Uint8Array {
  const bytes = new Uint8Array(Everything.size).fill(0xee);
  Everything.encode(value, new DataView(bytes.buffer), 0);
  return bytes;
}

function define(type: number, fields: TlvFields, name = 'Mine'): unknown {
  return defineTlv({ name, type, fields });
}

test('fields stand one after the other, little-endian, and padding is zeroed', () => {
  assert.equal(Everything.size, 59);
  assert.deepEqual(
    { ...Everything.at },
    {
      byte: 0,
      short: 1,
      word: 3,
      signed: 7,
      long: 14,
      signedLong: 22,
      decimal: 30,
      real: 38,
      flag: 46,
      id: 47,
      percent: 52,
      shift: 53,
    },
  );
  const expected = [
    'ff ffff ffffffff 00000080 000000 ffffffffffffffff 0000000000000080 c0774763e5fbffff',
    '182d4454fb210940 01 0001020304 64 f6ffffff 0000',
  ];
  assert.equal(hex(encoded(sample)), expected.join('').replaceAll(' ', ''));
});

test('a value of every kind of field goes round, by decode and by decodeInto', () => {
  const bytes = encoded(sample);
  const view = new DataView(bytes.buffer);
  assert.deepEqual(Everything.decode(view, 0), sample);
  const target = Everything.zero();
  const { id } = target;
  assert.equal(Everything.decodeInto(target, view, 0), target);
  assert.deepEqual(target, sample);
  assert.equal(target.id, id, 'bytes are filled in place');
  bytes[Everything.at.id] = 99;
  assert.equal(target.id[0], 0, 'bytes are a copy');
});

test('what stands in padding is not looked at', () => {
  const bytes = encoded(sample);
  bytes.fill(0xff, 11, 14).fill(0xff, 57);
  assert.deepEqual(Everything.decode(new DataView(bytes.buffer), 0), sample);
});

test('64-bit fields take numbers as well as bigints, with the same bytes', () => {
  const numbers = { ...sample, long: 2 ** 53 - 1, signedLong: -(2 ** 53) + 1, decimal: 1.5 };
  const bigints = { ...sample, long: 2n ** 53n - 1n, signedLong: -(2n ** 53n) + 1n, decimal: 150_000_000n };
  assert.equal(hex(encoded(numbers)), hex(encoded(bigints)));
});

test('zero() has every field, and can be encoded when no bound forbids zero', () => {
  const { percent, shift, ...rest } = Everything.zero();
  assert.deepEqual(rest, {
    byte: 0,
    short: 0,
    word: 0,
    signed: 0,
    long: 0n,
    signedLong: 0n,
    decimal: 0,
    real: 0,
    flag: false,
    id: new Uint8Array(5),
  });
  assert.equal(refused('ERR_FIELD', () => encoded({ ...rest, percent, shift: -5 })).field, 'percent');
  assert.equal(refused('ERR_FIELD', () => encoded({ ...rest, percent: 1, shift })).field, 'shift');
  assert.notEqual(Everything.zero().id, Everything.zero().id);
});

test('a value that does not fit its field is refused by name, and never cut', () => {
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    byte: [-1, 256, 1.5, NaN, '1', 1n, null, undefined, true],
    short: [-1, 65_536, 0.1],
    word: [-1, 4_294_967_296, 1e300, -0.5],
    signed: [-2_147_483_649, 2_147_483_648, 0.5, 3n],
    long: [-1, -1n, 2n ** 64n, 2 ** 53, 1.5, NaN, '5', undefined],
    signedLong: [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, -(2 ** 53), 1.5, Infinity, null],
    decimal: [NaN, Infinity, 1e11, 2n ** 63n, '1.5', undefined, Symbol('s'), {}],
    real: ['1', 1n, undefined, null],
    flag: [0, 1, 'true', undefined],
    id: ['12345', [1, 2, 3, 4, 5], undefined, new DataView(new ArrayBuffer(5))],
    percent: [0, 101],
    shift: [-11, -4, 0],
  };
  assert.deepEqual(Object.keys(wrong), Object.keys(sample));
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      const error = refused('ERR_FIELD', () => encoded({ ...sample, [field]: value }));
      assert.equal(error.field, field);
      assert.match(error.message, new RegExp(`^Everything\\.${field} must be `));
    }
  }
  for (const length of [0, 4, 6]) {
    assert.equal(refused('ERR_VALUE_SIZE', () => encoded({ ...sample, id: ascending(length) })).field, 'id');
  }
});

test('a value that is no object is refused', () => {
  for (const value of [null, undefined, 5, 'x'] as unknown as (typeof sample)[]) {
    refused('ERR_FIELD', () => encoded(value));
  }
});

test('f64 carries every double, infinities and NaN too', () => {
  for (const real of [0, -0, 5e-324, 1.7e308, Infinity, -Infinity, NaN]) {
    assert.ok(Object.is(Everything.decode(new DataView(encoded({ ...sample, real }).buffer), 0).real, real));
  }
});

test('bytes that a field may not hold are refused when they are decoded', () => {
  const cases: readonly (readonly [field: keyof typeof Everything.at, byte: number])[] = [
    ['flag', 2],
    ['percent', 0],
    ['percent', 101],
    ['shift', 0],
  ];
  for (const [field, byte] of cases) {
    const bytes = encoded(sample);
    bytes[Everything.at[field]] = byte;
    const view = new DataView(bytes.buffer);
    assert.equal(refused('ERR_FIELD', () => Everything.decode(view, 0)).field, field);
    assert.equal(refused('ERR_FIELD', () => Everything.decodeInto(Everything.zero(), view, 0)).field, field);
  }
});

test('memory that ends before the value is refused, for writing and for reading', () => {
  const view = new DataView(new ArrayBuffer(80));
  for (const offset of [22, 80, 1e9, -1, NaN]) {
    refused('ERR_OUT_OF_BOUNDS', () => Everything.encode(sample, view, offset));
    refused('ERR_OUT_OF_BOUNDS', () => Everything.decode(view, offset));
    refused('ERR_OUT_OF_BOUNDS', () => Everything.decodeInto(Everything.zero(), view, offset));
  }
  assert.equal(Everything.encode(sample, view, 21), 59);
  assert.deepEqual(Everything.decode(view, 21, 59), sample);
});

test('a value of another length is refused', () => {
  const view = new DataView(new ArrayBuffer(80));
  Everything.encode(sample, view, 0);
  for (const length of [0, 58, 60]) refused('ERR_VALUE_SIZE', () => Everything.decode(view, 0, length));
});

test('vendor TLVs of all numbers go through a message', () => {
  for (let type = 200; type <= 254; type++) {
    const Mine = defineTlv({ name: 'Mine', type, fields: { n: 'u16', when: 'u64' } });
    const message = parseMessage(vectorBuilder().addTlv(Mine, { n: type, when: 5 }).build());
    assert.deepEqual(message.get(Mine), { n: type, when: 5n });
  }
});

test('a number that is neither a vendor type nor a named one is refused', () => {
  for (const type of [0, 12, 19, 31, 109, 120, 199, 255, 256, -1, 200.5, NaN]) {
    refused('ERR_TLV_TYPE', () => define(type, { a: 'u8' }));
  }
  refused('ERR_TLV_TYPE', () => define('200' as unknown as number, { a: 'u8' }));
});

test('a named type may be given a layout of the size that it has, and no other', () => {
  define(TlvType.OrderStatus, { orderId: 'u64', filled: 'u64', rest: 'bytes[8]' });
  define(TlvType.PoolSwap, { body: 'bytes[60]' });
  define(TlvType.OrderBook, { body: 'bytes[3]' });
  const error = refused('ERR_SCHEMA', () => define(TlvType.OrderStatus, { orderId: 'u64' }));
  assert.match(error.message, /^Mine: 8 bytes; OrderStatus \(TLV type 41\) has exactly 24$/);
  const other = refused('ERR_SCHEMA', () => define(TlvType.PoolSwap, { body: 'bytes[59]' }));
  assert.match(other.message, /has 60 to 200$/);
  refused('ERR_SCHEMA', () => define(TlvType.PoolSwap, { body: 'bytes[201]' }));
});

test('a layout that contradicts itself is refused', () => {
  const kinds = ['u24', 'bytes', 'bytes[0]', 'bytes[-1]', 'bytes[1.5]', 'pad[]', 'pad[100000]', '', 'toString'];
  for (const kind of kinds) assert.equal(refused('ERR_SCHEMA', () => define(200, { a: kind as FieldKind })).field, 'a');
  for (const name of ['1', 'a-b', 'a b', '', 'a;b', 'ä']) refused('ERR_SCHEMA', () => define(200, { [name]: 'u8' }));
  refused('ERR_SCHEMA', () => define(200, JSON.parse('{"__proto__": "u8"}') as TlvFields));
  const bounds = [{ max: 256 }, { min: -1 }, { min: 5, max: 4 }, { max: 1.5 }, { min: NaN }];
  for (const bound of bounds) refused('ERR_SCHEMA', () => define(200, { a: { kind: 'u8', ...bound } }));
  refused('ERR_SCHEMA', () => define(200, { a: { kind: 'u64', max: 5 } } as unknown as TlvFields));
  refused('ERR_SCHEMA', () => define(200, { a: 'u8' }, ''));
  for (const spec of [null, 5, undefined])
    refused('ERR_SCHEMA', () => define(200, { a: spec } as unknown as TlvFields));
});

test('a layout is as long as a value may be, and not longer', () => {
  const body = 'bytes[65535]';
  assert.equal((define(200, { body }) as { size: number }).size, 65_535);
  refused('ERR_SCHEMA', () => define(200, { body, more: 'u8' }));
});

test('a layout without fields is a mark: present or not', () => {
  const EndOfDay = defineTlv({ name: 'EndOfDay', type: 201, fields: {} });
  const message = parseMessage(vectorBuilder().addTlv(EndOfDay, {}).build());
  assert.deepEqual(message.get(EndOfDay), {});
});

test('names of fields that objects have anyway are names like all others', () => {
  const Odd = defineTlv({
    name: 'Odd',
    type: 202,
    fields: { constructor: 'u8', toString: 'u8', view: 'u8', v: 'u8', get: 'u8' },
  });
  const value = { constructor: 1, toString: 2, view: 3, v: 4, get: 5 };
  const message = parseMessage(vectorBuilder().addTlv(Odd, value).build());
  assert.equal(hex(message.find(202)?.value ?? ascending(0)), '0102030405');
  assert.deepEqual({ ...message.get(Odd) }, value);
});
