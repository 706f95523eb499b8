import type { ResolvedConfig } from 'alphapulse-bus';
import type { LatencySummary } from '../stage/latency-histogram.js';
import type { ServiceReport } from '../stage/reports.js';
import { audit, endpoint, total, writtenTo, type Check } from './audit.js';
import { formatCount, formatNs, formatTable } from './format.js';
import type { Options } from './options.js';
import type { PipelineRun } from './pipeline-run.js';

/** What a finished run comes to; `--json` prints it as it is. */
export interface Summary {
  /** True when every message is accounted for. */
  readonly ok: boolean;
  readonly source: string;
  /** Ended by Ctrl-C rather than by the input or the duration. */
  readonly stopped: boolean;
  readonly seconds: number;
  readonly channels: readonly ChannelSummary[];
  readonly endToEnd: Readonly<Record<string, LatencySummary>>;
  readonly facts: Readonly<Record<string, ServiceReport['facts']>>;
  readonly checks: readonly Check[];
}

interface ChannelSummary {
  readonly channel: string;
  readonly type: string;
  readonly written: number;
  readonly producers: Readonly<Record<string, number>>;
  readonly consumers: Readonly<Record<string, { readonly read: number; readonly latency: LatencySummary | undefined }>>;
}

/** Names where the quotes come from, so that nobody takes the generator's for real ones. */
export function describeSource(options: Options): string {
  if (options.input !== undefined) return options.input;
  return `the built-in generator with seed ${options.seed} (made up, not market data)`;
}

export function summarize(config: ResolvedConfig, options: Options, run: PipelineRun, seconds: number): Summary {
  const { reports } = run;
  const checks = audit(config, reports);
  const channels = [...config.channels.values()].map((channel): ChannelSummary => {
    const written = (service: string): number => total(endpoint(reports, service, channel.name, 'producer'));
    const consumer = (service: string) => {
      const report = endpoint(reports, service, channel.name, 'consumer');
      return { read: total(report), latency: report?.latency };
    };
    return {
      channel: channel.name,
      type: channel.type,
      written: writtenTo(channel, reports),
      producers: Object.fromEntries(channel.producers.map((service) => [service, written(service)])),
      consumers: Object.fromEntries(channel.consumers.map((service) => [service, consumer(service)])),
    };
  });
  const all = [...reports.values()];
  const endToEnd = all.flatMap(({ service, endToEnd: latency }) => (latency === undefined ? [] : [[service, latency]] as const));
  return {
    ok: checks.every(({ ok }) => ok),
    source: describeSource(options),
    stopped: run.wasStopped,
    seconds,
    channels,
    endToEnd: Object.fromEntries(endToEnd),
    facts: Object.fromEntries(all.map(({ service, facts }) => [service, facts])),
    checks,
  };
}

/** The summary as people read it. */
export function formatSummary(summary: Summary): string {
  const rows = summary.channels.flatMap(({ channel, type, written, consumers }) =>
    Object.entries(consumers).map(([service, { read, latency }], index) => [
      index === 0 ? channel : '',
      index === 0 ? type : '',
      service,
      index === 0 ? formatCount(written) : '',
      formatCount(read),
      formatNs(latency?.p50Ns),
      formatNs(latency?.p99Ns),
      formatNs(latency?.maxNs),
    ]),
  );
  const header = ['channel', 'type', 'consumer', 'written', 'read', 'p50', 'p99', 'max'];
  const facts = Object.entries(summary.facts)
    .filter(([, own]) => Object.keys(own).length > 0)
    .map(([service, own]) => [service, Object.entries(own).map(([name, value]) => `${name} ${show(value)}`).join(', ')]);
  const quotes = summary.channels.find(({ channel }) => channel === 'market_data')?.written ?? 0;
  const failed = summary.checks.filter(({ ok }) => !ok).length;
  return [
    '',
    ...formatTable([header, ...rows], 3),
    '',
    ...formatTable(facts, 2),
    '',
    ...Object.entries(summary.endToEnd).map(([service, latency]) => formatEndToEnd(service, latency)),
    '',
    ...summary.checks.map(({ ok, text }) => `${ok ? ' ok ' : 'FAIL'}  ${text}`),
    '',
    `${summary.stopped ? 'Stopped' : 'Finished'} after ${summary.seconds.toFixed(1)} s, ` +
      `${formatCount(quotes / Math.max(summary.seconds, 0.001))} quotes/s. ` +
      (failed === 0 ? 'Every message is accounted for.' : `${failed} checks FAILED.`),
  ].join('\n');
}

function show(value: number | string): string {
  if (typeof value === 'string') return value;
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)));
}

function formatEndToEnd(service: string, { count, p50Ns, p99Ns, p999Ns, maxNs }: LatencySummary): string {
  const figures = `p50 ${formatNs(p50Ns)}, p99 ${formatNs(p99Ns)}, p99.9 ${formatNs(p999Ns)}, max ${formatNs(maxNs)}`;
  return `collector to ${service}: ${figures} (${formatCount(count)} messages)`;
}
