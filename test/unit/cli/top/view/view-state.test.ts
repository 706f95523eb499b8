import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SORTS } from '#src/cli/top/view/columns.js';
import { FILTER_MAX, pressKey, type ViewState } from '#src/cli/top/view/view-state.js';
import { VIEW } from './kit.js';

const SHOWN = { channels: ['a', 'b', 'c', 'd'], pageRows: 3 };

function after(keys: readonly string[], from: Partial<ViewState> = {}): ViewState {
  return keys.reduce<ViewState>((state, key) => pressKey(state, key, SHOWN).state, { ...VIEW, ...from });
}

it('the cursor moves among the channels, and stays among them', () => {
  assert.equal(after(['down']).selected, 'b');
  assert.equal(after(['j', 'j', 'k']).selected, 'b');
  assert.equal(after(['up']).selected, 'a');
  assert.equal(after(['pagedown']).selected, 'c');
  assert.equal(after(['G', 'down']).selected, 'd');
  assert.equal(after(['down'], { selected: 'removed' }).selected, 'b');
});

it('the list is sorted by the next column, by the one before, by one that has a key, and the other way round', () => {
  assert.equal(after(['s']).sort, SORTS[1]);
  assert.equal(after(['S']).sort, SORTS.at(-1));
  assert.equal(after(SORTS.map(() => 's')).sort, 'name');
  assert.deepEqual([after(['l']).sort, after(['u']).sort, after(['p']).sort], ['lag', 'used', 'p99']);
  assert.equal(after(['i']).isInverted, true);
  assert.equal(after(['i', 'r']).isInverted, false);
});

it('a filter is typed, kept, and given up; it takes no more than a name has', () => {
  const typed = after(['/', 'q', 'x', 'backspace', '世', '\u0007']);
  assert.deepEqual([typed.filter, typed.isTyping], ['q世', true]);
  assert.deepEqual([after(['/', 'q', 'enter']).filter, after(['/', 'q', 'enter']).isTyping], ['q', false]);
  assert.equal(after(['/', 'q', 'escape']).filter, '');
  assert.equal(after(['/', ...Array.from({ length: 200 }, () => 'x')]).filter.length, FILTER_MAX);
});

it('a channel is opened and left, and its screen scrolls', () => {
  const opened = after(['down', 'enter', 'down', 'down', 'up']);
  assert.deepEqual([opened.screen, opened.selected, opened.scroll], ['channel', 'b', 1]);
  assert.deepEqual(
    [after(['enter', 'escape']).screen, after(['?']).screen, after(['?', '?']).screen],
    ['list', 'help', 'list'],
  );
  assert.equal(pressKey(VIEW, 'enter', { channels: [], pageRows: 3 }).state.screen, 'list');
});

it('looks become more and less frequent within bounds', () => {
  assert.equal(after(['+']).intervalMs, 200);
  assert.equal(after(['-']).intervalMs, 1000);
  assert.equal(after(['+'], { intervalMs: 50 }).intervalMs, 50);
  assert.equal(after(['-'], { intervalMs: 60_000 }).intervalMs, 60_000);
});

it('keys ask for what is no matter of the view', () => {
  const wish = (key: string): string | undefined => pressKey(VIEW, key, SHOWN).wish;
  assert.deepEqual(['q', 'ctrl-c', 'ctrl-z', 'z', ' ', 'ctrl-l', 'x'].map(wish), [
    'quit',
    'quit',
    'suspend',
    'begin-anew',
    'look',
    'redraw-all',
    undefined,
  ]);
  assert.equal(pressKey({ ...VIEW, isTyping: true }, 'q', SHOWN).wish, undefined);
});
