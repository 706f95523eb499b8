import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KeyDecoder } from '#src/cli/top/terminal/key-decoder.js';

const ESC = '\u001b';

it('keys are characters, or have names', () => {
  const keys = new KeyDecoder();
  assert.deepEqual(keys.push(`aé世\r\u007f\u0003\u001a${ESC}[A${ESC}OB${ESC}[5~`), [
    'a',
    'é',
    '世',
    'enter',
    'backspace',
    'ctrl-c',
    'ctrl-z',
    'up',
    'down',
    'pageup',
  ]);
  assert.equal(keys.isPending, false);
});

it('a sequence may come in pieces, and the escape key alone is known when nothing follows', () => {
  const keys = new KeyDecoder();
  assert.deepEqual(
    [ESC, '[', '6', '~', 'q'].map((piece) => keys.push(piece)),
    [[], [], [], ['pagedown'], ['q']],
  );
  assert.deepEqual(keys.push(ESC), []);
  assert.ok(keys.isPending);
  assert.deepEqual(keys.flush(), ['escape']);
  assert.deepEqual(keys.push(`${ESC}${ESC}[A`), ['escape', 'up']);
  keys.push(`${ESC}[`);
  assert.deepEqual(keys.flush(), []);
});

it('what it does not know is swallowed, and nothing piles up', () => {
  const keys = new KeyDecoder();
  assert.deepEqual(keys.push(`${ESC}[200~${ESC}[1;5C${ESC}x\u0000\u0007q`), ['q']);
  assert.equal(keys.push(`${ESC}[${'1'.repeat(100)}`).length, 70);
  assert.equal(keys.isPending, false);
});
