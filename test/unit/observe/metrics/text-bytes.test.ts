import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { bytesOf, TextBytes } from '#src/observe/metrics/text-bytes.js';

it('numbers are as JavaScript writes them, texts as UTF-8 has them, however long it grows', () => {
  const number = fc.oneof(fc.maxSafeNat(), fc.double(), fc.constantFrom(0, -0, 9, 10, 2 ** 53 - 1, 1e21, -1, NaN));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), number), { maxLength: 300 }), (parts) => {
      const text = new TextBytes(0);
      for (const [word, value] of parts) {
        const begin = text.length;
        text.add(word);
        text.addBytes(bytesOf(word));
        text.addAgain(begin, text.length);
        text.endWith(value);
      }
      assert.equal(
        Buffer.from(text.view()).toString(),
        parts.map(([word, value]) => `${word.repeat(4)}${value}\n`).join(''),
      );
    }),
  );
});

it('what was cut is gone, and what is added again stands there twice', () => {
  const text = new TextBytes(0);
  text.add('kept ');
  const { length } = text;
  text.add('cut');
  text.cut(length);
  text.addAgain(0, length);
  text.endWith(7);
  assert.equal(Buffer.from(text.view()).toString(), 'kept kept 7\n');
});
