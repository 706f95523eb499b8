import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseCount, parsePlace } from '#src/cli/place.js';

it('a place is a word, a sequence, a time or a span before now', () => {
  const at = (text: string): unknown => parsePlace(text, '--from', 1_000_000);
  assert.equal(at('oldest'), 'oldest');
  assert.equal(at('latest'), 'latest');
  assert.deepEqual(at('42'), { sequence: 42 });
  assert.deepEqual(at('5m'), { timeNs: 700_000_000_000n });
  assert.deepEqual(at('1795640165157272756'), { timeNs: 1_795_640_165_157_272_756n });
  assert.deepEqual(at('2026-11-25T09:30:00Z'), { timeNs: BigInt(Date.parse('2026-11-25T09:30:00Z')) * 1_000_000n });
});

it('what is no place, or no count, is said with what was expected', () => {
  for (const text of ['', 'now', '-1', '1.5', '5x', '2026-13-45T00:00:00Z'])
    assert.throws(
      () => parsePlace(text, '--from', 0),
      /--from: found .*, expected oldest, latest, a sequence, a time/,
      text,
    );
  for (const text of ['', '0', '-1', '1.5', 'x', '1e3'])
    assert.throws(() => parseCount(text, '-n'), /-n: found .*, expected a whole number from 1 on/, text);
  assert.equal(parseCount('7', '-n'), 7);
});
