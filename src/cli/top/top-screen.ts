import { isAlive } from '../look/ls.js';
import { short } from '../short-numbers.js';
import type { ChannelSample, Sort, TopLook } from './top-model.js';

const BAR = 8;

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The lines of the screen: no more than fit, none longer than it is wide. */
export function drawTop(
  { samples, unusable }: TopLook,
  title: string,
  sort: Sort,
  { columns, rows }: ScreenSize,
): string[] {
  const lines = [title, columnsOf(HEADINGS)];
  // first, as they want somebody to do something
  for (const { channel, code, reason } of unusable) lines.push(`${channel}  unusable: ${reason} (${code})`);
  for (const sample of samples) {
    lines.push(channelLine(sample));
    for (const line of endpointLines(sample)) lines.push(line);
  }
  if (samples.length + unusable.length === 0) lines.push('no channel has a segment here');
  const help = `sorted by ${sort}; n name, r rate, l lag, u used, q quit`;
  const room = Math.max(1, rows - 1);
  const shown =
    lines.length > room ? [...lines.slice(0, room - 1), `... ${lines.length - room + 1} more lines`] : lines;
  return [...shown, help].map((line) => line.slice(0, columns));
}

const HEADINGS = ['channel', 'type', 'msg/s', 'bytes/s', 'used', '', 'lag', 'journal'] as const;
const WIDTHS = [20, 5, 9, 9, BAR + 1, 5, 9, 10] as const;

function columnsOf(cells: readonly string[]): string {
  return cells
    .map((cell, i) => cell.slice(0, WIDTHS[i]).padEnd(WIDTHS[i] ?? 0))
    .join(' ')
    .trimEnd();
}

function channelLine({ figures, messagesPerSecond, bytesPerSecond }: ChannelSample): string {
  const { channel, type, utilization, consumers, journal } = figures;
  const lag = Math.max(0, ...consumers.filter(isAlive).map((one) => one.lag?.messages ?? 0));
  return columnsOf([
    channel,
    type,
    short(messagesPerSecond),
    short(bytesPerSecond),
    bar(utilization),
    `${Math.round(utilization * 100)}%`,
    short(lag),
    journal?.state ?? '-',
  ]);
}

function endpointLines({ figures }: ChannelSample): string[] {
  const lines: string[] = [];
  for (const { name, pid, state, role, lag, lost, reason } of [...figures.producers, ...figures.consumers]) {
    if (name.startsWith('.') || state === 'detached') continue;
    const arrow = role === 'producer' ? '>' : '<';
    const behind = lag === undefined ? '' : ` ${short(lag.messages)} behind`;
    const missing = lost === undefined || lost === 0 ? '' : `, ${short(lost)} lost`;
    lines.push(`  ${arrow} ${name} (${pid}) ${state}${behind}${missing}${reason === undefined ? '' : `, ${reason}`}`);
  }
  if (figures.waitsFor !== undefined) lines.push(`  ! producers wait for ${figures.waitsFor}`);
  return lines;
}

function bar(share: number): string {
  const full = Math.round(share * BAR);
  return '#'.repeat(full).padEnd(BAR, '.');
}
