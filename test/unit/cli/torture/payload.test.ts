import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LENGTH_MAX, messageLength, putMessage, readMessage } from '#src/cli/torture/payload.js';

function message(life: number, n: number): Uint8Array {
  const bytes = new Uint8Array(messageLength(life, n));
  putMessage(bytes, 0, life, n);
  return bytes;
}

describe('a message of the torture', () => {
  it('says whose it is and which one, at every length', () => {
    for (let n = 0; n < 500; n++) {
      const bytes = message(n % 7, n);
      assert.ok(bytes.length <= LENGTH_MAX);
      assert.deepEqual(readMessage(bytes, 0, bytes.length), { life: n % 7, n });
    }
  });

  it('is not one any more when any of its bits, or its length, has changed', () => {
    const bytes = message(3, 12);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const torn = bytes.slice();
      torn[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(readMessage(torn, 0, torn.length), undefined, `bit ${bit}`);
    }
    for (let length = 0; length < bytes.length; length++) assert.equal(readMessage(bytes, 0, length), undefined);
  });

  it('is not mixed up of two', () => {
    const [first, second] = [message(1, 5), message(2, 5)];
    const mixed = new Uint8Array([...first.subarray(0, 9), ...second.subarray(9)]);
    assert.equal(readMessage(mixed, 0, mixed.length), undefined);
  });
});
