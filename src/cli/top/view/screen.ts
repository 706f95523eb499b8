import type { TopLook } from '../look/top-model.js';
import { channelView, unusableView } from './channel-view.js';
import type { Glyphs } from './charts.js';
import { sortSamples } from './columns.js';
import { severityStyle } from './findings.js';
import { helpView } from './help-view.js';
import { channelOf, listView, wholeList, type Row } from './list-view.js';
import { cutLine, safeText, type Line } from './styled-text.js';
import type { ViewState } from './view-state.js';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What the head of a screen says. */
export interface Surroundings {
  /** Where the channels are. */
  readonly place: string;
  /** The time of day of the look. */
  readonly time: string;
  /** Why the channels that are configured could not be read again; the former ones are shown. */
  readonly complaint?: string | undefined;
  readonly glyphs: Glyphs;
}

export interface Screen {
  readonly lines: readonly Line[];
  /** The channels that can be chosen, in their order. */
  readonly channels: readonly string[];
  /** Lines of the part that is paged. */
  readonly pageRows: number;
  /** Where a screen that is longer than the terminal begins: no further than its end. */
  readonly scroll: number;
}

/** Title and keys. */
const FRAME_ROWS = 2;

/** The channels that a view shows, in its order: first those that cannot be looked at, as they want somebody to act. */
export function rowsOf({ samples, unusable }: TopLook, view: Pick<ViewState, 'sort' | 'isInverted' | 'filter'>): Row[] {
  const isShown = (row: Row): boolean => channelOf(row).includes(view.filter);
  return [...unusable.filter(isShown), ...sortSamples(samples.filter(isShown), view.sort, view.isInverted)];
}

/** The lines of the screen: no more than fit, none longer than it is wide. */
export function drawScreen(look: TopLook, view: ViewState, size: ScreenSize, around: Surroundings): Screen {
  const rows = rowsOf(look, view);
  const channels = rows.map(channelOf);
  const bodyRows = Math.max(0, size.rows - FRAME_ROWS);
  const { lines: body, scroll } = bodyOf(rows, view, { ...size, rows: bodyRows }, around);
  const filled = [...body, ...Array.from({ length: bodyRows - body.length }, (): Line => [])];
  const lines = [titleOf(look, view, around), ...filled, footerOf(view, channels)].slice(0, Math.max(1, size.rows));
  const cut = lines.map((line) => cutLine(line, size.columns));
  return { lines: cut, channels, pageRows: Math.max(1, bodyRows), scroll };
}

/** Everything at once, for whoever does not look at a terminal. */
export function drawWhole(look: TopLook, sort: string, around: Surroundings): Line[] {
  const rows = rowsOf(look, { sort, isInverted: false, filter: '' });
  const { glyphs } = around;
  const title: Line = [{ text: safeText(`apbus top  ${around.place}  ${around.time}${complaintIn(around)}`) }];
  const options = { columns: Infinity, sort, isInverted: false, glyphs };
  return [title, ...wholeList(rows, options), ...(rows.length === 0 ? [NOTHING] : [])];
}

const NOTHING: Line = [{ text: 'no channel has a segment here' }];

interface Body {
  readonly lines: readonly Line[];
  readonly scroll: number;
}

function bodyOf(rows: readonly Row[], view: ViewState, size: ScreenSize, { glyphs }: Surroundings): Body {
  const { columns, rows: room } = size;
  if (view.screen === 'help') return paged(helpView(columns), view.scroll, room);
  const selected = Math.max(
    0,
    rows.findIndex((row) => channelOf(row) === view.selected),
  );
  const current = rows[selected];
  if (view.screen === 'channel') {
    if (current === undefined || channelOf(current) !== view.selected) {
      const gone = `channel ${view.selected ?? ''} has no segment any more, or the filter hides it; Esc goes back`;
      return paged([[{ text: safeText(gone) }]], 0, room);
    }
    const all = 'figures' in current ? channelView(current, columns, glyphs) : unusableView(current, columns);
    return paged(all, view.scroll, room);
  }
  if (rows.length === 0) {
    const why = view.filter === '' ? NOTHING : [{ text: `no channel's name contains ${JSON.stringify(view.filter)}` }];
    return paged([why], 0, room);
  }
  const { sort, isInverted } = view;
  return { lines: listView(rows, { columns, rows: room, sort, isInverted, selected, glyphs }), scroll: 0 };
}

function paged(lines: readonly Line[], scroll: number, room: number): Body {
  const first = Math.max(0, Math.min(scroll, lines.length - room));
  return { lines: lines.slice(first, first + room), scroll: first };
}

function complaintIn({ complaint }: Surroundings): string {
  return complaint === undefined ? '' : `  not read again: ${complaint}`;
}

function titleOf(look: TopLook, view: ViewState, around: Surroundings): Line {
  const { filter, isTyping, isPaused, intervalMs } = view;
  const title: Line = [
    { text: 'apbus top', style: 'heading' },
    { text: safeText(`  ${around.place}  ${around.time}  every ${intervalMs} ms`) },
  ];
  const filtered = filter === '' || isTyping ? [] : [{ text: `  /${filter}`, style: 'warning' as const }];
  const paused = isPaused ? [{ text: '  paused', style: 'warning' as const }] : [];
  const { status } = look.health;
  const isWell = status === 'healthy';
  const state = isWell ? [] : [{ text: `  ${status}`, style: severityStyle(status) }];
  return [...title, ...state, ...filtered, ...paused, { text: safeText(complaintIn(around)), style: 'bad' }];
}

const KEYS: Readonly<Record<ViewState['screen'], string>> = {
  list: 'Enter details  / filter  s sort  space pause  z zero  ? help  q quit',
  channel: 'Esc back  up/down scroll  space pause  +/- speed  z zero  ? help  q quit',
  help: 'Esc back  up/down scroll  q quit',
};

function footerOf({ screen, isTyping, filter, selected }: ViewState, channels: readonly string[]): Line {
  if (isTyping)
    return [
      { text: `/${filter}_`, style: 'heading' },
      { text: '   Enter keeps it, Esc shows all', style: 'dim' },
    ];
  const at = Math.max(0, channels.indexOf(selected ?? '')) + 1;
  const place = screen === 'list' && channels.length > 0 ? `${at}/${channels.length}  ` : '';
  return [{ text: `${place}${KEYS[screen]}`, style: 'dim' }];
}
