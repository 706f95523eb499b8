import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LINE_MAX, LogLines } from '#src/supervisor/log-lines.js';

function linesOf(...pieces: (string | Buffer)[]): string[] {
  const found: string[] = [];
  const lines = new LogLines((line) => found.push(line));
  for (const piece of pieces) lines.add(Buffer.from(piece));
  lines.end();
  return found;
}

it('lines are told as they end, whatever the pieces in which they come', () => {
  assert.deepEqual(linesOf('a\nb', 'c\n\nd\r\n'), ['a', 'bc', '', 'd']);
});

it('a last line without an end is told at the end', () => {
  assert.deepEqual(linesOf('a\nb'), ['a', 'b']);
  assert.deepEqual(linesOf(''), []);
});

it('a character that comes in two pieces is one', () => {
  const bytes = Buffer.from('ä\n');
  assert.deepEqual(linesOf(bytes.subarray(0, 1), bytes.subarray(1)), ['ä']);
});

it('a line without end is told in pieces, and not kept', () => {
  const found = linesOf('x'.repeat(LINE_MAX * 2), 'y'.repeat(LINE_MAX), 'z\n');
  assert.ok(found.every((line) => line.length <= LINE_MAX));
  assert.equal(found.join(''), `${'x'.repeat(LINE_MAX * 2)}${'y'.repeat(LINE_MAX)}z`);
});
