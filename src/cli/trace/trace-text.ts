import { formatTable } from '../output.js';
import { shortNs } from '../short-numbers.js';
import { inOrder, type Hop } from './hop.js';

const SHOWN_DEPTH_MAX = 16;

/** A message of the trace for programs; times are ns since the epoch as text, spans of time numbers of ns. */
export interface HopJson {
  readonly channel: string;
  readonly sequence: number;
  readonly producer: string;
  readonly source: string;
  readonly sentNs: string;
  readonly receivedNs: string;
  readonly sinceFirstNs: number;
  readonly sincePreviousNs: number;
  readonly waitedNs: number;
  readonly traceId: string;
  readonly spanId: string | null;
  readonly sampled: boolean | null;
  readonly depth: number | null;
  readonly stages: readonly string[];
  readonly found: 'ring' | 'journal';
}

/** The messages in the order of time, with what lies between them. */
export function timeline(hops: Iterable<Hop>): HopJson[] {
  const ordered = inOrder(hops);
  return ordered.map((hop, i) => hopJson(hop, ordered[0], ordered[i - 1]));
}

/** One message, after those that came before it. */
export function hopJson(hop: Hop, first: Hop | undefined, previous: Hop | undefined): HopJson {
  const { channel, sequence, producer, source, sentNs, receivedNs, timeNs, traceId, stages, found } = hop;
  return {
    channel,
    sequence,
    producer,
    source,
    sentNs: String(sentNs),
    receivedNs: String(receivedNs),
    sinceFirstNs: Number(timeNs - (first?.timeNs ?? timeNs)),
    sincePreviousNs: Number(timeNs - (previous?.timeNs ?? timeNs)),
    waitedNs: Number(receivedNs - sentNs),
    traceId,
    spanId: hop.spanId ?? null,
    sampled: hop.isSampled ?? null,
    depth: hop.depth ?? null,
    stages,
    found,
  };
}

const HEADINGS = ['sent', 'after', 'waited', 'channel', 'sequence', 'producer', 'span', 'stages', 'in'];

/** The same for people: the channels indented by how far the message has come. */
export function timelineText(hops: Iterable<Hop>): string {
  const ordered = inOrder(hops);
  const least = ordered.reduce((depth, hop) => Math.min(depth, hop.depth ?? 0), Infinity);
  const rows = ordered.map((hop, i) => hopCells(hop, ordered[i - 1], least));
  return formatTable([HEADINGS, ...rows]);
}

/** A message as a row of the table; `least`: the depth that is not indented. */
export function hopCells(hop: Hop, previous: Hop | undefined, least: number): string[] {
  const depth = Math.min(Math.max((hop.depth ?? 0) - least, 0), SHOWN_DEPTH_MAX);
  return [
    timeText(hop.timeNs),
    previous === undefined ? '-' : shortNs(Number(hop.timeNs - previous.timeNs)),
    hop.receivedNs === 0n ? '-' : shortNs(Number(hop.receivedNs - hop.sentNs)),
    `${'  '.repeat(depth)}${hop.channel}`,
    String(hop.sequence),
    hop.found === 'journal' && /^\d+$/.test(hop.producer) ? `slot ${hop.producer} (${hop.source})` : hop.producer,
    hop.spanId ?? '-',
    hop.stages.join(',') || '-',
    hop.found,
  ];
}

/** The first line. */
export function summaryText(traceId: string, hops: Iterable<Hop>): string {
  const ordered = inOrder(hops);
  const channels = new Set(ordered.map(({ channel }) => channel)).size;
  const whole = Number((ordered.at(-1)?.timeNs ?? 0n) - (ordered[0]?.timeNs ?? 0n));
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  return `trace ${traceId}: ${count(ordered.length, 'message')} on ${count(channels, 'channel')}, ${shortNs(whole)} from the first to the last\n`;
}

/** Time of day in UTC, with all nine digits of the second; the date is in JSON. */
function timeText(ns: bigint): string {
  const time = new Date(Number(ns / 1_000_000n));
  if (ns === 0n || Number.isNaN(time.getTime())) return '-';
  return `${time.toISOString().slice(11, 19)}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
}
