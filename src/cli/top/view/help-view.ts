import type { Line } from './styled-text.js';
import { wrapLine } from './wrapped-line.js';

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['up down j k', 'choose a channel; PgUp, PgDn, g, G'],
  ['Enter', 'all about the channel; Esc goes back'],
  ['/', 'type a part of the names to be shown; Esc shows all'],
  ['s S', 'sort by the next column, or the one before; also left and right'],
  ['n r l u p', 'sort by name, rate, lag, use, p99 of the latency'],
  ['i', 'sort the other way round'],
  ['space', 'pause, and go on'],
  ['+ -', 'look more often, or less often'],
  ['z', 'count from now on: in this view alone'],
  ['Ctrl-L', 'draw all of it again'],
  ['q Ctrl-C', 'quit; Ctrl-Z suspends'],
];

const COLUMNS: readonly (readonly [heading: string, what: string])[] = [
  ['used', 'the share of the ring that the slowest consumer holds that producers wait for'],
  ['lag', 'messages that the slowest consumer has not read; behind: how long the next has been waiting'],
  ['p50 p99 max', "latencies of late, from the producer's call to the handler"],
  ['q, h, w p99', 'waiting in the ring; in the handler; the call of a write'],
  ['lost/s', 'messages that consumers will never see'],
  ['drop/s refu/s', 'messages that producers dropped; writes that were refused'],
  ['in>out', 'producers and consumers that live'],
];

/** What the keys do, and what the columns say. */
export function helpView(columns: number): Line[] {
  const rows = (entries: readonly (readonly [string, string])[]): Line[] =>
    entries.map(([name, what]) => [{ text: `  ${name.padEnd(14)}`, style: 'heading' }, { text: what }]);
  const lines: Line[] = [
    [{ text: 'keys', style: 'heading' }],
    ...rows(KEYS),
    [],
    [{ text: 'columns', style: 'heading' }],
    ...rows(COLUMNS),
    [],
    [{ text: 'Looking takes no slot, stores nothing in a segment, and holds nobody up.' }],
  ];
  return lines.flatMap((line) => wrapLine(line, columns));
}
