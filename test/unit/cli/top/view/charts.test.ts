import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bar, glyphsFor, sparkline } from '#src/cli/top/view/charts.js';

const glyphs = glyphsFor({ LANG: 'C' });

it('a bar shows what is used at all, and is full only when all is', () => {
  assert.deepEqual(
    [0, 0.001, 0.5, 0.999, 1].map((share) => bar(share, 4, glyphs)),
    ['....', '#...', '##..', '###.', '####'],
  );
});

it('a line of marks is as high as its greatest value, or as it is told, and ends with the newest', () => {
  assert.equal(sparkline([0, 1, 9], 5, glyphs), '   .@');
  assert.equal(sparkline([0.5, 1], 2, glyphs, 1), '+@');
  assert.equal(sparkline([0, 0], 3, glyphs), '   ');
  assert.equal(sparkline([1, 2, 3], 0, glyphs), '');
});

it('blocks are drawn where the locale says UTF-8', () => {
  assert.equal(bar(1, 1, glyphsFor({ LC_ALL: '', LANG: 'de_DE.UTF-8' })), '█');
  assert.equal(bar(1, 1, glyphsFor({ LC_ALL: 'C', LANG: 'de_DE.UTF-8' })), '#');
  assert.equal(bar(1, 1, glyphsFor({})), '#');
});
