import { Latencies } from '../../../observe/latencies.js';
import { isAttached, isInternal } from '../../../liveness/state.js';
import { short, shortNs } from '../../short-numbers.js';
import type { ChannelSample } from '../look/channel-track.js';
import type { Timed } from '../look/latency-changes.js';
import { bar, sparkline, type Glyphs } from './charts.js';
import { safeText, type Span, type Style } from './styled-text.js';

/** A column of the list of channels. */
export interface Column {
  readonly id: string;
  readonly heading: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  readonly cell: (sample: ChannelSample, glyphs: Glyphs) => Span;
  /** What the list is sorted by: numbers from the greatest, text from A; undefined: it cannot be. */
  readonly order?: (sample: ChannelSample) => number | string | undefined;
}

const TREND = 12;
const BAR = 8;

/** What the slowest of those that count is behind by; those that are gone count while producers wait for them. */
export function lagOf({ figures }: ChannelSample, of: 'messages' | 'bytes' | 'ms'): number | undefined {
  const lags = figures.consumers
    .filter((one) => isAttached(one) || one.gating === true)
    .flatMap(({ lag, lagMs }) => (of === 'ms' ? lagMs : lag?.[of]) ?? []);
  return lags.length === 0 ? undefined : Math.max(...lags);
}

/** One of the recent latencies, of all endpoints that have it; undefined when none was timed. */
export function recentOf({ producers, consumers }: ChannelSample, what: Timed): Latencies | undefined {
  const parts = [...producers, ...consumers].flatMap(({ recent }) => recent.of(what) ?? []);
  const timed = parts.filter(({ count }) => count > 0);
  return timed.length > 1 ? Latencies.merge(timed) : timed[0];
}

function number(
  id: string,
  heading: string,
  width: number,
  order: (sample: ChannelSample) => number | undefined,
  shown: (value: number | undefined) => string = short,
  styleOf: (value: number) => Style | undefined = () => undefined,
): Column {
  return {
    id,
    heading,
    width,
    align: 'right',
    order,
    cell: (sample) => {
      const value = order(sample);
      return { text: shown(value), style: value === undefined ? 'dim' : styleOf(value) };
    },
  };
}

function latency(id: string, heading: string, what: Timed, of: (latencies: Latencies) => number): Column {
  const value = (sample: ChannelSample): number | undefined => {
    const recent = recentOf(sample, what);
    return recent && of(recent);
  };
  return number(id, heading, 6, value, shortNs);
}

const isAny = (value: number): Style | undefined => (value > 0 ? 'bad' : undefined);
const percent = (share: number): string => `${Math.round(share * 100)}%`.padStart(4);

export function usedStyle(share: number): Style {
  return share >= 0.9 ? 'bad' : share >= 0.7 ? 'warning' : 'good';
}

const BREAKER: Readonly<Record<string, Style>> = { open: 'bad', 'half-open': 'warning' };
const JOURNAL: Readonly<Record<string, Style>> = { stopped: 'bad', skipping: 'bad', none: 'warning' };

function attached({ figures }: ChannelSample): string {
  const consumers = figures.consumers.filter((one) => !isInternal(one));
  return `${figures.producers.filter(isAttached).length}>${consumers.filter(isAttached).length}`;
}

/** All that the list can show, from left to right. The name is as wide as there is room for. */
export const COLUMNS: readonly Column[] = [
  {
    id: 'name',
    heading: 'channel',
    width: 16,
    align: 'left',
    cell: ({ figures }) => ({ text: safeText(figures.channel) }),
    order: ({ figures }) => figures.channel,
  },
  {
    id: 'type',
    heading: 'type',
    width: 4,
    align: 'left',
    cell: ({ figures }) => ({ text: figures.type, style: 'dim' }),
    order: ({ figures }) => figures.type,
  },
  {
    id: 'attached',
    heading: 'in>out',
    width: 6,
    align: 'left',
    cell: (sample) => ({ text: attached(sample) }),
    order: ({ figures }) => figures.producers.filter(isAttached).length + figures.consumers.filter(isAttached).length,
  },
  number('rate', 'msg/s', 6, ({ rates }) => rates?.messages),
  {
    id: 'trend',
    heading: 'last minute',
    width: TREND,
    align: 'left',
    cell: ({ rateSeries }, glyphs) => ({ text: sparkline(rateSeries.last(TREND), TREND, glyphs) }),
  },
  number('bytes', 'byte/s', 6, ({ rates }) => rates?.bytes),
  {
    id: 'used',
    heading: 'used',
    width: BAR + 5,
    align: 'left',
    cell: ({ figures: { utilization } }, glyphs) => ({
      text: `${bar(utilization, BAR, glyphs)} ${percent(utilization)}`,
      style: usedStyle(utilization),
    }),
    order: ({ figures }) => figures.utilization,
  },
  {
    id: 'used-trend',
    heading: 'last minute',
    width: TREND,
    align: 'left',
    cell: ({ usedSeries }, glyphs) => ({ text: sparkline(usedSeries.last(TREND), TREND, glyphs, 1) }),
  },
  number('lag', 'lag', 6, (sample) => lagOf(sample, 'messages')),
  number('lag-bytes', 'bytes', 6, (sample) => lagOf(sample, 'bytes')),
  number(
    'lag-time',
    'behind',
    6,
    (sample) => lagOf(sample, 'ms'),
    (ms) => shortNs(ms === undefined ? ms : ms * 1e6),
  ),
  latency('p50', 'p50', 'total', (total) => total.quantile(0.5)),
  latency('p99', 'p99', 'total', (total) => total.quantile(0.99)),
  latency('max', 'max', 'total', (total) => total.maxNs),
  latency('queue', 'q p99', 'queue', (queue) => queue.quantile(0.99)),
  latency('handling', 'h p99', 'handling', (handling) => handling.quantile(0.99)),
  latency('write', 'w p99', 'write', (write) => write.quantile(0.99)),
  number('lost', 'lost/s', 6, ({ rates }) => rates?.lost, short, isAny),
  number('dropped', 'drop/s', 6, ({ rates }) => rates?.dropped, short, isAny),
  number('rejected', 'refu/s', 6, ({ rates }) => rates?.rejected, short, isAny),
  {
    id: 'breaker',
    heading: 'breaker',
    width: 9,
    align: 'left',
    cell: ({ figures: { breaker } }) => ({
      text: breaker?.state ?? '-',
      style: BREAKER[breaker?.state ?? ''] ?? 'dim',
    }),
    order: ({ figures }) => figures.breaker?.state,
  },
  {
    id: 'journal',
    heading: 'journal',
    width: 9,
    align: 'left',
    cell: ({ figures: { journal } }) => ({
      text: journal?.state ?? '-',
      style: JOURNAL[journal?.state ?? ''] ?? 'dim',
    }),
    order: ({ figures }) => figures.journal?.state,
  },
];

/** In which order columns are given room, as far as there is any. */
const RANKING = [
  'name',
  'rate',
  'used',
  'lag',
  'p99',
  'lag-time',
  'lost',
  'dropped',
  'p50',
  'trend',
  'rejected',
  'bytes',
  'max',
  'journal',
  'breaker',
  'attached',
  'write',
  'queue',
  'handling',
  'used-trend',
  'lag-bytes',
  'type',
];

/** By what the list can be sorted. */
export const SORTS: readonly string[] = COLUMNS.filter(({ order }) => order !== undefined).map(({ id }) => id);

const NAME_MIN = 8;
const NAME_USUAL = 16;
const NAME_MAX = 32;

/** The columns that fit, with their widths, the one that is sorted by among them. */
export function columnsFor(width: number, sort: string, longestName: number): Column[] {
  const ranked = RANKING.map((id) => COLUMNS.find((column) => column.id === id)!);
  const sorted = ranked.filter(({ id }) => id === sort || id === 'name');
  const nameWidth = Math.max(NAME_MIN, Math.min(longestName, NAME_USUAL));
  let left = width;
  const chosen = new Set<Column>();
  for (const column of [...sorted, ...ranked]) {
    const taken = column.id === 'name' ? nameWidth : column.width + 1;
    if (chosen.has(column) || (taken > left && chosen.size > 0)) continue;
    chosen.add(column);
    left -= taken;
  }
  const roomForName = Math.min(longestName, nameWidth + Math.max(0, left), NAME_MAX);
  return COLUMNS.filter((column) => chosen.has(column)).map((column) =>
    column.id === 'name' ? { ...column, width: Math.max(nameWidth, roomForName) } : column,
  );
}

/** In the order of a column; those that have nothing there last, and equals by name. */
export function sortSamples(samples: readonly ChannelSample[], sort: string, isInverted = false): ChannelSample[] {
  const order = COLUMNS.find(({ id }) => id === sort)?.order ?? (({ figures }) => figures.channel);
  const keyed = samples.map((sample) => ({ sample, key: order(sample), name: sample.figures.channel }));
  keyed.sort((left, right) => {
    if (left.key !== right.key) {
      if (left.key === undefined) return 1;
      if (right.key === undefined) return -1;
      const isText = typeof left.key === 'string';
      const isBefore = isText ? left.key < right.key : left.key > right.key;
      return isBefore === isInverted ? 1 : -1;
    }
    return left.name < right.name ? -1 : 1;
  });
  return keyed.map(({ sample }) => sample);
}
