import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { crc32, CRC_START, finishCrc, updateCrc } from '#src/protocol/crc32.js';

/** Built into Node from 20.15 and 22.2 on; the types of Node 20 do not have it. */
const reference = (zlib as unknown as { crc32: (bytes: Uint8Array) => number }).crc32;

test('the check value of CRC-32 comes out', () => {
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
  assert.equal(crc32(new Uint8Array(0)), 0);
});

test('it agrees with zlib at every length and alignment of a step', () => {
  const bytes = Uint8Array.from({ length: 80 }, (_, i) => (i * 151 + 7) & 0xff);
  for (let start = 0; start <= 17; start++) {
    for (let end = start; end <= bytes.length; end++) {
      assert.equal(crc32(bytes, start, end), reference(bytes.subarray(start, end)), `${start} to ${end}`);
    }
  }
});

test('it agrees with zlib on any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => crc32(bytes) === reference(bytes)));
});

test('it can be taken over pieces', () => {
  const bytes = Buffer.from('the whole message except these four bytes');
  const whole = Buffer.concat([bytes.subarray(0, 5), bytes.subarray(11)]);
  const state = updateCrc(updateCrc(CRC_START, bytes, 0, 5), bytes, 11, bytes.length);
  assert.equal(finishCrc(state) >>> 0, reference(whole));
});
