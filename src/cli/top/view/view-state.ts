import { safeText } from './styled-text.js';
import { SORTS } from './columns.js';

/** What the person before the screen has chosen. */
export interface ViewState {
  readonly screen: 'list' | 'channel' | 'help';
  /** The channel under the cursor; undefined, or no longer there: the first one. */
  readonly selected: string | undefined;
  /** By which column; and whether the other way round. */
  readonly sort: string;
  readonly isInverted: boolean;
  /** Only channels whose name contains this; and whether it is being typed. */
  readonly filter: string;
  readonly isTyping: boolean;
  readonly isPaused: boolean;
  readonly intervalMs: number;
  /** First line that is shown where a screen is longer than the terminal. */
  readonly scroll: number;
}

/** What a key asks for beyond the view. */
export type Wish = 'quit' | 'suspend' | 'begin-anew' | 'look' | 'redraw-all';

export interface Pressed {
  readonly state: ViewState;
  readonly wish?: Wish;
}

/** What keys need to know of the screen: the channels in their order, and how many lines a page has. */
export interface Shown {
  readonly channels: readonly string[];
  readonly pageRows: number;
}

export const FILTER_MAX = 64;
const INTERVALS_MS = [50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
const SHORTCUTS: Readonly<Record<string, string>> = { n: 'name', r: 'rate', l: 'lag', u: 'used', p: 'p99' };

/** The view after a key; keys are characters, or names such as `up` (see KeyDecoder). */
export function pressKey(state: ViewState, key: string, shown: Shown): Pressed {
  if (key === 'ctrl-c') return { state, wish: 'quit' };
  if (key === 'ctrl-z') return { state, wish: 'suspend' };
  if (key === 'ctrl-l') return { state, wish: 'redraw-all' };
  if (state.isTyping) return { state: typeFilter(state, key) };
  const anywhere = pressAnywhere(state, key);
  if (anywhere !== undefined) return anywhere;
  if (state.screen === 'list') return { state: pressInList(state, key, shown) };
  return { state: pressInText(state, key, shown) };
}

function pressAnywhere(state: ViewState, key: string): Pressed | undefined {
  switch (key) {
    case 'q':
      return { state, wish: 'quit' };
    case ' ':
      return { state: { ...state, isPaused: !state.isPaused }, wish: 'look' };
    case 'z':
      return { state, wish: 'begin-anew' };
    case '+':
    case '=':
      return {
        state: { ...state, intervalMs: INTERVALS_MS.findLast((ms) => ms < state.intervalMs) ?? state.intervalMs },
      };
    case '-':
      return { state: { ...state, intervalMs: INTERVALS_MS.find((ms) => ms > state.intervalMs) ?? state.intervalMs } };
    case '?':
    case 'h':
      return { state: { ...state, screen: state.screen === 'help' ? 'list' : 'help', scroll: 0 } };
    default:
      return undefined;
  }
}

function pressInList(state: ViewState, key: string, { channels, pageRows }: Shown): ViewState {
  const at = Math.max(0, channels.indexOf(state.selected ?? ''));
  const select = (index: number): ViewState => {
    const selected = channels[Math.max(0, Math.min(channels.length - 1, index))];
    return { ...state, selected };
  };
  const page = Math.max(1, pageRows - 1);
  const shortcut = SHORTCUTS[key];
  if (shortcut !== undefined) return { ...state, sort: shortcut, isInverted: false };
  switch (key) {
    case 'down':
    case 'j':
      return select(at + 1);
    case 'up':
    case 'k':
      return select(at - 1);
    case 'pagedown':
      return select(at + page);
    case 'pageup':
      return select(at - page);
    case 'home':
    case 'g':
      return select(0);
    case 'end':
    case 'G':
      return select(channels.length - 1);
    case 'enter':
      return channels.length === 0 ? state : { ...select(at), screen: 'channel', scroll: 0 };
    case 's':
    case 'right':
      return { ...state, sort: neighbour(state.sort, 1), isInverted: false };
    case 'S':
    case 'left':
      return { ...state, sort: neighbour(state.sort, -1), isInverted: false };
    case 'i':
      return { ...state, isInverted: !state.isInverted };
    case '/':
      return { ...state, isTyping: true };
    case 'escape':
      return { ...state, filter: '' };
    default:
      return state;
  }
}

function pressInText(state: ViewState, key: string, { pageRows }: Shown): ViewState {
  const scroll = (by: number): ViewState => ({ ...state, scroll: Math.max(0, state.scroll + by) });
  switch (key) {
    case 'escape':
    case 'backspace':
    case 'left':
      return { ...state, screen: 'list', scroll: 0 };
    case 'enter':
      return state.screen === 'help' ? { ...state, screen: 'list', scroll: 0 } : state;
    case 'down':
    case 'j':
      return scroll(1);
    case 'up':
    case 'k':
      return scroll(-1);
    case 'pagedown':
      return scroll(Math.max(1, pageRows - 1));
    case 'pageup':
      return scroll(-Math.max(1, pageRows - 1));
    case 'home':
    case 'g':
      return { ...state, scroll: 0 };
    default:
      return state;
  }
}

function typeFilter(state: ViewState, key: string): ViewState {
  const { filter } = state;
  if (key === 'enter') return { ...state, isTyping: false };
  if (key === 'escape') return { ...state, isTyping: false, filter: '' };
  if (key === 'backspace') return { ...state, filter: filter.replace(/.$/su, '') };
  const isText = /^.$/su.test(key) && safeText(key) === key;
  return isText && filter.length < FILTER_MAX ? { ...state, filter: filter + key } : state;
}

function neighbour(sort: string, by: number): string {
  const at = SORTS.indexOf(sort) + by;
  return SORTS[(at + SORTS.length) % SORTS.length] ?? sort;
}
