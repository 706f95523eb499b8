import type { ChannelSample } from '../look/channel-track.js';
import type { UnusableChannel } from '../../../observe/watched-channels.js';
import type { Glyphs } from './charts.js';
import { columnsFor, type Column } from './columns.js';
import { endpointLines } from './endpoint-lines.js';
import { findingSpan } from './findings.js';
import { cutLine, fitText, safeText, selectedLine, widthOf, type Line } from './styled-text.js';

/** A line of the list: a channel that can be looked at, or one that cannot. */
export type Row = ChannelSample | UnusableChannel;

export function channelOf(row: Row): string {
  return 'figures' in row ? row.figures.channel : row.channel;
}

export interface ListOptions {
  readonly columns: number;
  readonly rows: number;
  readonly sort: string;
  readonly isInverted: boolean;
  /** Which row is under the cursor; undefined: there is no cursor. */
  readonly selected: number | undefined;
  readonly glyphs: Glyphs;
}

const PANE_ROWS_MIN = 10;
const PANE_SHARE = 0.4;

/** The list of channels under its headings, and what is to be said of the one under the cursor. */
export function listView(rows: readonly Row[], options: ListOptions): Line[] {
  const { columns, glyphs, selected } = options;
  const room = options.rows - 1;
  if (room < 1) return [];
  const current = selected === undefined ? undefined : rows[selected];
  const pane = current === undefined || room < PANE_ROWS_MIN ? [] : paneOf(current, columns, glyphs);
  const paneRows = Math.min(pane.length, Math.max(room - rows.length, Math.floor(room * PANE_SHARE)));
  const listRows = room - paneRows;
  const first = Math.max(0, Math.min((selected ?? 0) - Math.floor(listRows / 2), rows.length - listRows));
  const chosen = chosenColumns(rows, options);
  const mark = selected === undefined ? '' : '  ';
  const lines: Line[] = [headings(chosen, mark, options)];
  for (const [index, row] of rows.slice(first, first + listRows).entries()) {
    const isSelected = first + index === selected;
    const line = cutLine([{ text: isSelected ? '> ' : mark }, ...rowLine(row, chosen, glyphs)], columns);
    lines.push(isSelected ? selectedLine(line, columns) : line);
  }
  return [...lines, ...pane.slice(0, paneRows)];
}

/** All of it, as long and as wide as it gets: every channel with its endpoints, and what is to be said of them. */
export function wholeList(rows: readonly Row[], options: Omit<ListOptions, 'rows' | 'selected'>): Line[] {
  const chosen = chosenColumns(rows, { ...options, rows: 0, selected: undefined });
  const lines: Line[] = [headings(chosen, '', options)];
  for (const row of rows) {
    lines.push(rowLine(row, chosen, options.glyphs));
    if ('figures' in row) lines.push(...endpointLines(row), ...findingLines(row));
  }
  return lines;
}

function chosenColumns(rows: readonly Row[], { columns, sort, selected }: ListOptions): Column[] {
  const longest = Math.max(0, ...rows.map((row) => widthOf(safeText(channelOf(row)))));
  return columnsFor(columns - (selected === undefined ? 0 : 2), sort, longest);
}

function headings(
  chosen: readonly Column[],
  mark: string,
  { sort, isInverted }: Pick<ListOptions, 'sort' | 'isInverted'>,
): Line {
  const spans = chosen.flatMap(({ id, heading, width, align }, index) => {
    const arrow = id === sort ? (isInverted ? '^' : '*') : '';
    const shown = id === sort && heading.length >= width ? heading.slice(0, width - 1) : heading;
    const text = fitText(`${shown}${arrow}`, width, align);
    return [{ text: index === 0 ? mark : ' ' }, { text, style: 'heading' as const }];
  });
  return spans;
}

function rowLine(row: Row, chosen: readonly Column[], glyphs: Glyphs): Line {
  if (!('figures' in row))
    return [{ text: safeText(`${row.channel}  unusable: ${row.reason} (${row.code})`), style: 'bad' }];
  return chosen.flatMap((column, index) => {
    const { text, style } = column.cell(row, glyphs);
    const cell = { text: fitText(text, column.width, column.align), style };
    return index === 0 ? [cell] : [{ text: ' ' }, cell];
  });
}

function paneOf(row: Row, columns: number, { rule }: Glyphs): Line[] {
  const title = `${rule}${rule} ${safeText(channelOf(row))} `;
  const lines: Line[] = [[{ text: `${title}${rule.repeat(Math.max(0, columns - widthOf(title)))}`, style: 'dim' }]];
  if (!('figures' in row)) {
    lines.push([{ text: safeText(row.reason), style: 'bad' }], [{ text: row.code }]);
  } else lines.push(...findingLines(row), ...endpointLines(row));
  return lines.map((line) => cutLine(line, columns));
}

function findingLines({ findings }: ChannelSample): Line[] {
  return findings.map((finding) => [{ text: '  ! ' }, findingSpan(finding)]);
}
