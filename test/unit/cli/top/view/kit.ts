import type { ChannelSample } from '#src/cli/top/look/channel-track.js';
import { LatencyChanges } from '#src/cli/top/look/latency-changes.js';
import { Series, STEP_MS } from '#src/cli/top/look/series.js';
import type { TopLook } from '#src/cli/top/look/top-model.js';
import { drawScreen, type Screen, type ScreenSize } from '#src/cli/top/view/screen.js';
import { plainLine } from '#src/cli/top/view/styled-text.js';
import type { ViewState } from '#src/cli/top/view/view-state.js';
import { histogramIndex } from '#src/layout/histogram.js';
import { HISTOGRAM_COUNTS } from '#src/layout/schema.js';
import type { EndpointFigures } from '#src/observe/channel-figures.js';
import { checkHealth } from '#src/observe/health/check-health.js';
import { Latencies } from '#src/observe/latencies.js';

/** So many messages that took so long each. */
export function latencies(ns: number, count: number): Latencies {
  const counts = new Float64Array(HISTOGRAM_COUNTS);
  counts[histogramIndex(ns)] = count;
  return new Latencies(counts, ns * count, ns);
}

export function endpoint(name: string, more: object = {}): EndpointFigures {
  const role = 'role' in more ? more.role : 'consumer';
  return {
    role,
    name,
    pid: 7,
    slot: 0,
    state: 'alive',
    generation: 1,
    deaths: 0,
    evictions: 0,
    loopLagMs: 3,
    counters: { messages: 100, messageBytes: 6400 },
    ...(role === 'consumer' && { lag: { messages: 1500, bytes: 96_000 }, lagMs: 12, lost: 3, gating: true }),
    ...more,
  } as unknown as EndpointFigures;
}

/** A channel as a look shows it. */
export function sample(channel: string, used: number, rate: number, more: object = {}): ChannelSample {
  const rateSeries = new Series('mean');
  const usedSeries = new Series('max');
  for (let step = 1; step <= 8; step++) {
    rateSeries.add(step * STEP_MS, (rate * step) / 8);
    usedSeries.add(step * STEP_MS, (used * step) / 8);
  }
  const { consumers = [], producers = [], findings = [], ...others } = more as Record<string, EndpointFigures[]>;
  const track = (figures: EndpointFigures): object => ({
    figures,
    perSecond: { messages: rate },
    counted: figures.counters,
    recent: new LatencyChanges(figures, endpoint('nothing before')),
    since: new LatencyChanges(figures, endpoint('nothing before')),
  });
  return {
    figures: {
      channel,
      type: 'MPSC',
      mode: 'BlockProducer',
      capacityBytes: 1 << 20,
      messageSizeMax: 1 << 10,
      written: 5000,
      oldest: { position: 0, sequence: 0, receivedNs: 0 },
      tail: { position: 1e6, sequence: 5000 },
      utilization: used,
      repairs: 0,
      reaped: 0,
      consumers,
      producers,
      ...others,
    },
    findings,
    rates: { messages: rate, bytes: rate * 64, lost: 0, dropped: 0, rejected: 0 },
    producers: producers.map(track),
    consumers: consumers.map(track),
    rateSeries,
    usedSeries,
  } as unknown as ChannelSample;
}

export function lookAt(samples: readonly ChannelSample[], unusable: TopLook['unusable'] = []): TopLook {
  return { samples, unusable, health: checkHealth([]) };
}

export const VIEW: ViewState = {
  screen: 'list',
  selected: undefined,
  sort: 'name',
  isInverted: false,
  filter: '',
  isTyping: false,
  isPaused: false,
  intervalMs: 500,
  scroll: 0,
};

const AROUND = {
  place: '/dev/shm/bus',
  time: '12:34:56',
  glyphs: { levels: ' .:-=+*#%@', full: '#', empty: '.', rule: '-' },
};

export function screen(look: TopLook, view: Partial<ViewState> = {}, size: Partial<ScreenSize> = {}): Screen {
  return drawScreen(look, { ...VIEW, ...view }, { columns: 80, rows: 24, ...size }, AROUND);
}

/** The same as the lines of its text, without those at the end of the body that are blank. */
export function textOf({ lines }: Screen): string[] {
  return lines.map(plainLine).filter((line) => line !== '');
}
