import uPlot from 'uplot';
import type { Series, Value } from '../channel-history.js';
import type { EventView, HistoryColumn } from '../wire.js';
import { byId, byIdAs, el, setAll, setText } from './dom.js';
import { nanoseconds, short, timeOfDay } from './figures.js';
import type { Model } from './model.js';
import { colour } from './theme.js';

interface ChartKind {
  readonly title: string;
  readonly columns: readonly (readonly [column: HistoryColumn, label: string, colour: string])[];
  readonly text: (value: Value) => string;
  readonly scale: uPlot.Scale;
  readonly isBand?: true;
}

const KINDS: readonly ChartKind[] = [
  {
    title: 'Messages a second',
    columns: [['perSecond', 'messages / s', 'accent']],
    text: (value) => short(value ?? undefined),
    scale: { range: (_chart, _min, max) => [0, Math.max(1, max * 1.15)] },
  },
  {
    title: 'Ring used',
    columns: [['used', 'used', 'violet']],
    text: (value) => (value === null || value === undefined ? '–' : `${Number(value.toPrecision(3))} %`),
    scale: { range: [0, 100] },
  },
  {
    title: 'Lag of the slowest consumer',
    columns: [['lag', 'messages behind', 'warn']],
    text: (value) => short(value ?? undefined),
    scale: { range: (_chart, _min, max) => [0, Math.max(1, max * 1.15)] },
  },
  {
    title: 'Latency, write to handler',
    columns: [
      ['p999', 'p99.9', 'bad'],
      ['p99', 'p99', 'warn'],
      ['p50', 'p50', 'good'],
    ],
    text: nanoseconds,
    scale: {
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- a const enum cannot be named here: 3 is logarithmic
      distr: 3,
      range: (_chart, min, max) => [10 ** Math.floor(Math.log10(min || 100)), 10 ** Math.ceil(Math.log10(max || 1e5))],
    },
    isBand: true,
  },
];

/** So much time there is on the axis at least, s. */
const SPAN_MIN_S = 60;
const HEIGHT = 170;

interface Drawn {
  readonly kind: ChartKind;
  readonly figure: HTMLElement;
  readonly now: HTMLElement;
  readonly place: HTMLElement;
  chart: uPlot | undefined;
}

/** Of a scale by logarithms, one line for each power of ten. */
function decades(_chart: uPlot, splits: number[]): (number | null)[] {
  return splits.map((value) => (Number.isInteger(Math.log10(value)) ? value : null));
}

/** The figures of the chosen channel over time, with what has happened to it as marks. */
export class Charts {
  private readonly drawn: readonly Drawn[];
  private channel: string | undefined;
  private events: readonly EventView[] = [];
  private readonly span = byIdAs('span', HTMLSelectElement);

  /** `changed` is told when another span of time was chosen. */
  constructor(changed: () => void) {
    this.span.addEventListener('change', changed);
    this.drawn = KINDS.map((kind) => {
      const now = el('output', { class: 'now' });
      const place = el('div', { class: 'plot', role: 'img' });
      const figure = el('figure', { class: 'chart' }, el('figcaption', {}, el('span', {}, kind.title), now), place);
      byId('charts').append(figure);
      return { kind, figure, now, place, chart: undefined };
    });
    new ResizeObserver(() => this.resize()).observe(byId('charts'));
  }

  draw(model: Model): void {
    const { selected } = model;
    if (selected === undefined) return;
    if (selected !== this.channel) this.rebuild();
    this.channel = selected;
    this.events = model.events.filter(({ channel }) => channel === selected);
    const { series } = model.history;
    // of one that was chosen just now nothing is known yet
    if (series.at.length > 0) for (const drawn of this.drawn) this.drawOne(drawn, series);
  }

  /** In the colours as they are now. */
  rebuild(): void {
    for (const drawn of this.drawn) {
      drawn.chart?.destroy();
      drawn.chart = undefined;
    }
  }

  private drawOne(drawn: Drawn, series: Series): void {
    const { kind, now, place } = drawn;
    const data = [series.at, ...kind.columns.map(([column]) => series[column])] as uPlot.AlignedData;
    if (drawn.chart === undefined) drawn.chart = new uPlot(this.options(kind, place.clientWidth), data, place);
    else drawn.chart.setData(data);
    const values = kind.columns.map(([column, label]) => {
      // latencies are of one message in so many: not every interval has one
      const value = kind.text(series[column].findLast((one) => one !== null && one !== undefined));
      return kind.columns.length === 1 ? value : `${label} ${value}`;
    });
    setText(now, values.toReversed().join(' · '));
    const since = timeOfDay(Math.max(series.at[0] ?? 0, (series.at.at(-1) ?? 0) - this.spanS) * 1000);
    setAll(place, { 'aria-label': `${kind.title} since ${since}, now ${values.join(', ')}` });
  }

  private options({ columns, text, scale, isBand }: ChartKind, width: number): uPlot.Options {
    const axis = { stroke: colour('muted'), grid: { stroke: colour('line'), width: 1 }, ticks: { show: false } };
    const series = columns.map(([, label, name]) => ({
      label,
      stroke: colour(name),
      width: 1.5,
      ...(isBand ? {} : { fill: `color-mix(in srgb, ${colour(name)} 14%, transparent)` }),
      points: { show: false },
      spanGaps: false,
      value: (_chart: uPlot, value: Value) => text(value),
    }));
    const shade = (name: string): string => `color-mix(in srgb, ${colour(name)} 12%, transparent)`;
    return {
      width: Math.max(200, width),
      height: HEIGHT,
      padding: [10, 18, 0, 0],
      scales: { x: { time: true, range: (_chart, min, max) => [this.beginOf(min, max), max] }, y: scale },
      axes: [
        { ...axis, space: 90, size: 28, values: '{HH}:{mm}:{ss}' },
        {
          ...axis,
          ...(isBand && { grid: { ...axis.grid, filter: decades } }),
          size: 62,
          values: (_chart, splits) => splits.map((value) => (value === null ? '' : text(value))),
        },
      ],
      series: [{ value: '{HH}:{mm}:{ss}' }, ...series],
      bands: isBand
        ? [
            { series: [1, 2], fill: shade('bad') },
            { series: [2, 3], fill: shade('warn') },
          ]
        : [],
      cursor: { sync: { key: 'apbus' }, points: { size: 6 } },
      legend: { show: true, live: true },
      hooks: { draw: [(chart) => this.mark(chart)] },
    };
  }

  /** Where the axis of time begins: with what is known, within what was chosen. */
  private beginOf(oldest: number, newest: number): number {
    return Math.min(newest - SPAN_MIN_S, Math.max(oldest, newest - this.spanS));
  }

  private get spanS(): number {
    return Number(this.span.value) * 60;
  }

  /** What has happened: a line in each chart, red for what is bad. */
  private mark(chart: uPlot): void {
    const { ctx, bbox } = chart;
    const { min = 0, max = 0 } = chart.scales['x'] ?? {};
    ctx.save();
    ctx.setLineDash([4, 4]);
    ctx.lineWidth = devicePixelRatio;
    for (const { at, isBad } of this.events) {
      if (at / 1000 < (min ?? 0) || at / 1000 > (max ?? 0)) continue;
      const x = chart.valToPos(at / 1000, 'x', true);
      ctx.strokeStyle = colour(isBad ? 'bad' : 'accent');
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  private resize(): void {
    for (const { chart, place } of this.drawn)
      chart?.setSize({ width: Math.max(200, place.clientWidth), height: HEIGHT });
  }
}
