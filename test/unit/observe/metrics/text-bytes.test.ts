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
        text.add(word);
        text.addBytes(bytesOf(word));
        text.endWith(value);
      }
      assert.equal(text.take().toString(), parts.map(([word, value]) => `${word}${word}${value}\n`).join(''));
    }),
  );
});

it('what was cut is gone', () => {
  const text = new TextBytes(0);
  text.add('kept ');
  const { length } = text;
  text.add('cut');
  text.cut(length);
  text.endWith(7);
  assert.equal(text.take().toString(), 'kept 7\n');
});
