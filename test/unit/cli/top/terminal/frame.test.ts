import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Frame } from '#src/cli/top/terminal/frame.js';

const ESC = '\u001b';

it('only lines that changed are sent, and those that are gone are cleared', () => {
  const frame = new Frame();
  assert.equal(frame.update(['a', 'b']), `${ESC}[2J${ESC}[1;1H${ESC}[Ka${ESC}[2;1H${ESC}[Kb`);
  assert.equal(frame.update(['a', 'b']), '');
  assert.equal(frame.update(['a', 'c']), `${ESC}[2;1H${ESC}[Kc`);
  assert.equal(frame.update(['a']), `${ESC}[2;1H${ESC}[K`);
});

it('all is sent anew when it is not known what stands there', () => {
  const frame = new Frame();
  frame.update(['a']);
  frame.forget();
  assert.equal(frame.update(['a']), `${ESC}[2J${ESC}[1;1H${ESC}[Ka`);
});
