import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { layOut, type TlvFields } from '#src/protocol/fields.js';
import { compileLayout, interpretLayout, type LayoutAccess } from '#src/protocol/layout-access.js';
import { ProtocolError } from '#src/protocol/protocol-error.js';
import { hex } from './kit.js';

const SPECS: TlvFields = {
  a: 'u8',
  b: 'u16',
  c: 'u32',
  d: 'i32',
  gap: 'pad[3]',
  e: 'u64',
  f: 'i64',
  g: 'fixed8',
  h: 'f64',
  i: 'bool',
  j: 'bytes[3]',
  k: { kind: 'u16', min: 3, max: 9 },
  l: { kind: 'u32', max: 3_000_000_000 },
  m: { kind: 'i32', min: -5, max: 5 },
};
const FIELDS = layOut('Both', SPECS);
const SIZE = FIELDS.reduce((sum, field) => sum + field.bytes, 0);
const compiled = compileLayout(FIELDS);
const interpreted = interpretLayout(FIELDS);

/** What came out: the value or the refusal, as text that can be compared. */
function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    assert.ok(ProtocolError.is(error), `undeclared error: ${String(error)}`);
    return [error.code, error.field, error.message];
  }
}

function encode(access: LayoutAccess, value: object): unknown {
  const bytes = new Uint8Array(SIZE + 2).fill(0xee);
  return [outcome(() => access.encode(value, new DataView(bytes.buffer), 1)), hex(bytes)];
}

const fitting = fc.record({
  a: fc.integer({ min: 0, max: 255 }),
  b: fc.integer({ min: 0, max: 65_535 }),
  c: fc.integer({ min: 0, max: 4_294_967_295 }),
  d: fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
  e: fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  f: fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  g: fc.oneof(
    fc.double({ min: -9.2e10, max: 9.2e10, noNaN: true }),
    fc.constantFrom(89_999_999.99999999, -89_999_999.99999999, 9e7, -9e7, 0.000000005, -0),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  ),
  h: fc.double(),
  i: fc.boolean(),
  j: fc.uint8Array({ minLength: 3, maxLength: 3 }),
  k: fc.integer({ min: 3, max: 9 }),
  l: fc.integer({ min: 0, max: 3_000_000_000 }),
  m: fc.integer({ min: -5, max: 5 }),
});

test('compiled code writes what the loop writes', () => {
  fc.assert(
    fc.property(fitting, (value) => {
      const [refusal, bytes] = encode(compiled, value) as [unknown, string];
      assert.equal(refusal, undefined);
      assert.deepEqual([refusal, bytes], encode(interpreted, value));
    }),
    { numRuns: 2_000 },
  );
});

test('compiled code refuses what the loop refuses, with the same error and the same bytes up to there', () => {
  const anything = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.string(),
    fc.boolean(),
    fc.uint8Array({ maxLength: 4 }),
    fc.constantFrom(undefined, null, Symbol('s'), {}, [], -0, -0.5, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, NaN),
  );
  const mixed = fc.tuple(fitting, fc.constantFrom(...Object.keys(SPECS)), anything);
  fc.assert(
    fc.property(mixed, ([value, name, other]) => {
      const changed = { ...value, [name]: other };
      assert.deepEqual(encode(compiled, changed), encode(interpreted, changed));
    }),
    { numRuns: 5_000 },
  );
});

test('compiled code reads what the loop reads, from any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: SIZE, maxLength: SIZE }), fc.boolean(), (bytes, isFitting) => {
      if (isFitting) {
        // Random bytes hardly ever keep to the bounds: put those fields right in half of the runs.
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        const at = Object.fromEntries(FIELDS.map((field) => [field.name, field.offset]));
        view.setUint8(at['i'] ?? 0, bytes[0]! & 1);
        view.setUint16(at['k'] ?? 0, 3 + (bytes[0]! % 7), true);
        view.setUint32(at['l'] ?? 0, bytes[0]! * 10_000_000, true);
        view.setInt32(at['m'] ?? 0, (bytes[0]! % 11) - 5, true);
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const read = outcome(() => compiled.decode(view, 0));
      assert.equal(Array.isArray(read), Array.isArray(outcome(() => interpreted.decode(view, 0))));
      assert.deepEqual(
        read,
        outcome(() => interpreted.decode(view, 0)),
      );
      assert.deepEqual(
        outcome(() => compiled.decodeInto(compiled.zero(), view, 0)),
        read,
      );
      assert.deepEqual(
        outcome(() => interpreted.decodeInto(interpreted.zero(), view, 0)),
        read,
      );
      if (isFitting) assert.ok(!Array.isArray(read), 'these bytes fit');
    }),
    { numRuns: 2_000 },
  );
});

test('both give the same blank value', () => {
  assert.deepEqual(compiled.zero(), interpreted.zero());
  assert.deepEqual(Object.keys(compiled.zero()), Object.keys(interpreted.zero()));
});

test('a process that forbids code from strings encodes and decodes all the same', () => {
  const entry = new URL('../../../../dist/protocol/index.js', import.meta.url).href;
  const program = `
    import { TlvMessageBuilder, Trade, parseMessage } from '${entry}';
    let isForbidden = false;
    try { new Function('return 1'); } catch { isForbidden = true; }
    const value = { assetId: 1n, price: 2.5, volume: 3, executionTimestampNs: 4n, venueId: 5, assetType: 6, side: 1 };
    const bytes = new TlvMessageBuilder(1, 4).addTlv(Trade, value).build();
    const back = parseMessage(bytes).get(Trade);
    console.log(isForbidden, Buffer.from(bytes.subarray(34)).toString('hex'), back.price, back.side, back.assetId);
  `;
  const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program];
  const output = execFileSync(process.execPath, flags, { encoding: 'utf8' });
  const value = '010000000000000080b2e60e0000000000a3e111000000000400000000000000050006000100' + '0000';
  assert.equal(output.trim(), `true ${value} 2.5 1 1n`);
});
