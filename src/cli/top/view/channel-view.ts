import type { Latencies } from '../../../observe/latencies.js';
import type { UnusableChannel } from '../../../observe/watched-channels.js';
import { formatBytes } from '../../output.js';
import { short, shortNs } from '../../short-numbers.js';
import type { ChannelSample } from '../look/channel-track.js';
import type { EndpointSample } from '../look/endpoint-track.js';
import { TIMED } from '../look/latency-changes.js';
import { STEPS } from '../look/series.js';
import { bar, sparkline, type Glyphs } from './charts.js';
import { lagOf, usedStyle } from './columns.js';
import { findingSpan, stateStyle } from './findings.js';
import { safeText, type Line, type Span } from './styled-text.js';
import { wrapLine } from './wrapped-line.js';

const LABEL = 10;
const USED_BAR = 20;

/** All about one channel. */
export function channelView(sample: ChannelSample, columns: number, glyphs: Glyphs): Line[] {
  const { figures, rates, producers, consumers } = sample;
  const chart = Math.max(0, Math.min(STEPS, columns - LABEL));
  const { utilization, tail, oldest } = figures;
  const lines: Line[] = [
    fact('channel', `${figures.channel}, ${figures.type}, ${figures.mode}`),
    fact(
      'ring',
      `${formatBytes(figures.capacityBytes)}, messages of up to ${formatBytes(figures.messageSizeMax)}; ` +
        `${figures.written} records written, ${tail.sequence - oldest.sequence} retained`,
    ),
    fact('rate', `${short(rates?.messages)} messages/s, ${short(rates?.bytes)} bytes/s`),
    [label('5 minutes'), { text: sparkline(sample.rateSeries.last(chart), chart, glyphs) }],
    [
      label('used'),
      { text: bar(utilization, USED_BAR, glyphs), style: usedStyle(utilization) },
      { text: ` ${(utilization * 100).toFixed(1)}% by the slowest consumer that gates` },
    ],
    [label('5 minutes'), { text: sparkline(sample.usedSeries.last(chart), chart, glyphs, 1) }],
    fact('lag', lagText(sample)),
    fact('each s', `${short(rates?.lost)} lost, ${short(rates?.dropped)} dropped, ${short(rates?.rejected)} refused`),
    ...states(sample),
    ...findings(sample),
  ];
  for (const [heading, endpoints] of [
    ['producers', producers],
    ['consumers', consumers],
  ] as const) {
    lines.push([], [{ text: endpoints.length === 0 ? `no ${heading}` : heading, style: 'heading' }]);
    for (const one of endpoints) lines.push(...endpointBlock(one));
  }
  return lines.flatMap((line) => wrapLine(line, columns));
}

/** Why a channel cannot be looked at. */
export function unusableView({ channel, reason, code }: UnusableChannel, columns: number): Line[] {
  const lines: Line[] = [fact('channel', channel), [label('unusable'), { text: safeText(reason), style: 'bad' }]];
  return [...lines, fact('code', code)].flatMap((line) => wrapLine(line, columns));
}

function findings({ findings: found }: ChannelSample): Line[] {
  return found.flatMap((finding): Line[] => [
    [label('!'), findingSpan(finding)],
    [label('  do'), { text: safeText(finding.advice) }],
  ]);
}

function label(text: string): Span {
  return { text: text.padEnd(LABEL), style: 'dim' };
}

function fact(name: string, value: string): Line {
  return [label(name), { text: safeText(value) }];
}

function lagText(sample: ChannelSample): string {
  const [messages, bytes, ms] = (['messages', 'bytes', 'ms'] as const).map((of) => lagOf(sample, of));
  if (messages === undefined) return 'no consumer';
  const late = ms === undefined ? '' : `, ${shortNs(ms * 1e6)}`;
  return `${short(messages)} messages, ${formatBytes(bytes ?? 0)}${late}`;
}

function states({ figures: { breaker, journal, repairs, reaped } }: ChannelSample): Line[] {
  const lines: Line[] = [];
  if (breaker !== undefined) lines.push(fact('breaker', `${breaker.state}; opened ${breaker.opened} times`));
  if (journal !== undefined) {
    const by = journal.recorderPid === undefined ? '' : ` by process ${journal.recorderPid}`;
    const progress = `written ${journal.written}, durable ${journal.durable}`;
    const faults = `${journal.gaps} records missing, ${journal.failures} failures`;
    lines.push(fact('journal', `${journal.state}${by}; ${progress}; ${faults}`));
  }
  if (repairs + reaped > 0)
    lines.push(fact('repairs', `${repairs} claims of dead producers; ${reaped} consumers given up`));
  return lines;
}

function endpointBlock({ figures, perSecond, counted, recent, since }: EndpointSample): Line[] {
  const { role, name, pid, state, slot, generation, deaths, evictions, loopLagMs, lag, lagMs, policy } = figures;
  const life = [`slot ${slot}`, `generation ${generation}`];
  if (deaths > 0) life.push(`${deaths} deaths`);
  if (evictions !== undefined && evictions > 0) life.push(`${evictions} evictions`);
  if (loopLagMs !== undefined) life.push(`event loop ${loopLagMs}ms late`);
  const lines: Line[] = [
    [
      { text: `  ${role === 'producer' ? '>' : '<'} ` },
      { text: safeText(name), style: 'heading' },
      { text: ` (${pid === 0 ? '-' : pid}) ` },
      { text: state, style: stateStyle(state) },
      { text: `, ${life.join(', ')}` },
    ],
  ];
  const say = (text: string): void => void lines.push([{ text: '    ' }, { text: safeText(text) }]);
  const { messages, messageBytes } = figures.counters;
  const bytes = messageBytes === undefined ? '' : `, ${short(perSecond?.['messageBytes'])} bytes/s`;
  if (messages !== undefined) say(`${short(perSecond?.['messages'])} msg/s${bytes}`);
  if (lag !== undefined) {
    const late = lagMs === undefined ? '' : `, ${shortNs(lagMs * 1e6)}`;
    say(`behind by ${short(lag.messages)} messages, ${formatBytes(lag.bytes)}${late}`);
  }
  if (policy !== undefined) {
    const gates = figures.gating === true ? 'producers wait for it' : 'producers do not wait for it';
    say(`gating ${policy.gating}: ${gates}; stalled after ${policy.stalledAfterMs} ms`);
  }
  const counts = Object.entries(counted).filter(([key]) => key !== 'lost' || role === 'consumer');
  say(`counted: ${counts.map(([key, value]) => `${WORDS[key] ?? key} ${short(value)}`).join(', ')}`);
  for (const what of TIMED) {
    const [now, all] = [recent.of(what), since.of(what)];
    if (all !== undefined) lines.push([{ text: `    ${what.padEnd(8)} ` }, ...latencyColumns(now, all)]);
  }
  return lines;
}

const WORDS: Readonly<Record<string, string>> = {
  messageBytes: 'bytes',
  backpressure: 'full',
  rejected: 'refused',
  throttledMs: 'throttled ms',
  circuitOpen: 'circuit open',
  highWater: 'high water',
};

function latencyColumns(recent: Latencies | undefined, all: Latencies): Line {
  if (all.count === 0) return [{ text: 'nothing timed', style: 'dim' }];
  const now = recent === undefined || recent.count === 0 ? 'nothing timed of late' : quantiles(recent, [0.5, 0.99]);
  return [{ text: now.padEnd(33) }, { text: ` all ${quantiles(all, [0.5, 0.99, 0.999])}`, style: 'dim' }];
}

function quantiles(latencies: Latencies, shares: readonly number[]): string {
  const parts = shares.map((share) => `p${share * 100} ${shortNs(latencies.quantile(share))}`);
  return [...parts, `max ${shortNs(latencies.maxNs)}`].join(' ');
}
