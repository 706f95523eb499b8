import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError, shown } from '#src/protocol/protocol-error.js';

test('an error carries its code, where it is and why', () => {
  const cause = new Error('below');
  const error = new ProtocolError('ERR_TLV_OVERRUN', 'too far', { offset: 40, field: 'x', cause });
  assert.deepEqual(
    [error.name, error.code, error.message, error.offset, error.field, error.cause],
    ['ProtocolError', 'ERR_TLV_OVERRUN', 'too far', 40, 'x', cause],
  );
  assert.ok(error instanceof Error);
  assert.equal('cause' in new ProtocolError('ERR_FIELD', 'no cause'), false);
});

test('is() tells errors of the protocol from all else, and one code from another', () => {
  const error = new ProtocolError('ERR_CHECKSUM', 'damaged');
  assert.ok(ProtocolError.is(error));
  assert.ok(ProtocolError.is(error, 'ERR_CHECKSUM'));
  assert.equal(ProtocolError.is(error, 'ERR_FIELD'), false);
  const others = [new Error('other'), { code: 'ERR_CHECKSUM' }, null, undefined, 'ERR_CHECKSUM', 7];
  for (const other of others) assert.equal(ProtocolError.is(other, 'ERR_CHECKSUM'), false);
});

test('is() knows the errors of another installed copy', async () => {
  const path = new URL('../../../../build/src/protocol/protocol-error.js', import.meta.url);
  const copy = (await import(`${path.href}?copy`)) as { ProtocolError: typeof ProtocolError };
  assert.notEqual(copy.ProtocolError, ProtocolError);
  assert.ok(ProtocolError.is(new copy.ProtocolError('ERR_FIELD', 'theirs'), 'ERR_FIELD'));
});

test('a value in an error message is short and runs no code of the value', () => {
  const trap = { toString: () => assert.fail('called'), valueOf: () => assert.fail('called') };
  const table: readonly (readonly [unknown, string])[] = [
    [7, '7'],
    [-0, '-0'],
    [7n, '7n'],
    ['x', '"x"'],
    ['y'.repeat(50), `"${'y'.repeat(40)}..."`],
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [new Uint8Array(3), '3 bytes'],
    [trap, 'an object'],
    [Symbol('s'), 'a symbol'],
  ];
  for (const [value, text] of table) assert.equal(shown(value), text);
});
