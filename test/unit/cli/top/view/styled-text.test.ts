import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cutText, fitText, paintLine, safeText, selectedLine, widthOf } from '#src/cli/top/view/styled-text.js';

it('what could act on a terminal is a question mark', () => {
  assert.equal(safeText('a\u001b[31mb\u009bc\nd\u202ee'), 'a?[31mb?c?d?e');
  assert.equal(safeText('e\u0301 世 😀'), 'é 世 😀');
  assert.equal(safeText('x\u0301\u0301'), 'x??');
});

it('wide characters take two columns, and are not cut in half', () => {
  assert.equal(widthOf('世界😀é'), 7);
  assert.equal(cutText('世界', 4), '世界');
  assert.equal(cutText('世界', 3), '世~');
  assert.equal(cutText('世界', 2), '~');
  assert.equal(fitText('世界', 3), '世~');
  assert.equal(fitText('世', 4, 'right'), '  世');
  assert.deepEqual([cutText('ab', 0), cutText('ab', 1)], ['', '~']);
});

it('without colours what is selected or a heading can still be told', () => {
  const line = [
    { text: 'a', style: 'warning' as const },
    { text: 'b', style: 'heading' as const },
  ];
  assert.equal(paintLine(line, true), '\u001b[33ma\u001b[m\u001b[1mb\u001b[m');
  assert.equal(paintLine(line, false), 'a\u001b[1mb\u001b[m');
  assert.equal(paintLine(selectedLine(line, 4), false), '\u001b[7mab  \u001b[m');
});
