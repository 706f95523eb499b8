import type { ResolvedConfig } from 'alphapulse-bus';
import type { LatencySummary } from '../stage/latency-histogram.js';
import type { ServiceReport } from '../stage/reports.js';
import { audit, endpoint, total, writtenTo, type Check } from './audit.js';
import type { ChaosRow } from './chaos-audit.js';
import { formatCount, formatNs, formatTable } from './format.js';
import type { Options } from './options.js';
import type { Paint } from './paint.js';
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
  /** Of a run in which services were killed: by service, and what came of it. */
  readonly chaos?: { readonly kills: Readonly<Record<string, number>>; readonly channels: readonly ChaosRow[] };
}

interface ChannelSummary {
  readonly channel: string;
  readonly type: string;
  readonly written: number;
  readonly producers: Readonly<Record<string, number>>;
  readonly consumers: Readonly<Record<string, ConsumerSummary>>;
}

interface ConsumerSummary {
  readonly read: number;
  /** Messages that it will never see, and breaks in the sequence; 0 in a run that adds up. */
  readonly lost: number;
  readonly gaps: number;
  /** From the producer's write to this consumer, over the whole run. */
  readonly latency: LatencySummary | undefined;
}

/** Names where the quotes come from, so that nobody takes the generator's for real ones. */
export function describeSource(options: Options): string {
  if (options.input !== undefined) return options.input;
  return `the built-in generator with seed ${options.seed} (made up, not market data)`;
}

export function summarize(config: ResolvedConfig, options: Options, run: PipelineRun): Summary {
  const { reports } = run;
  const seconds = (run.endedMs - run.startedMs) / 1000;
  const checks = run.chaosAudit?.checks ?? audit(config, reports);
  const channels = [...config.channels.values()].map((channel): ChannelSummary => {
    const written = (service: string): number => total(endpoint(reports, service, channel.name, 'producer'));
    const consumer = (service: string): ConsumerSummary => {
      const report = endpoint(reports, service, channel.name, 'consumer');
      return { read: total(report), lost: report?.lost ?? 0, gaps: report?.gaps ?? 0, latency: report?.latency };
    };
    return {
      channel: channel.name,
      type: channel.type,
      written: writtenTo(channel, reports),
      producers: Object.fromEntries(channel.producers.map((service) => [service, written(service)])),
      consumers: Object.fromEntries(channel.consumers.map((service) => [service, consumer(service)])),
    };
  });
  const all = run.services.flatMap((service) => reports.get(service) ?? []);
  const endToEnd = all.flatMap(({ service, endToEnd: latency }) =>
    latency === undefined ? [] : ([[service, latency]] as const),
  );
  return {
    ok: checks.every(({ ok }) => ok),
    source: describeSource(options),
    stopped: run.wasStopped,
    seconds,
    channels,
    endToEnd: Object.fromEntries(endToEnd),
    facts: Object.fromEntries(all.map(({ service, facts }) => [service, facts])),
    checks,
    ...chaosOf(run),
  };
}

function chaosOf({ chaos, chaosAudit }: PipelineRun): Pick<Summary, 'chaos'> {
  if (chaos === undefined || chaosAudit === undefined) return {};
  return { chaos: { kills: Object.fromEntries(chaos.kills), channels: chaosAudit.rows } };
}

/** The summary as people read it. */
export function formatSummary(summary: Summary, paint: Paint): string {
  if (summary.chaos !== undefined) return formatChaos(summary, summary.chaos, paint);
  const rows = summary.channels.flatMap(({ channel, type, written, consumers }) =>
    Object.entries(consumers).map(([service, { read, lost, gaps, latency }], index) => [
      index === 0 ? channel : '',
      index === 0 ? type : '',
      service,
      index === 0 ? formatCount(written) : '',
      formatCount(read),
      formatCount(lost),
      formatCount(gaps),
      formatNs(latency?.p50Ns),
      formatNs(latency?.p99Ns),
      formatNs(latency?.maxNs),
    ]),
  );
  const header = ['channel', 'type', 'consumer', 'written', 'read', 'lost', 'gaps', 'p50', 'p99', 'max'];
  const [heading = '', ...table] = formatTable([header, ...rows], 3);
  const facts = Object.entries(summary.facts)
    .filter(([, own]) => Object.keys(own).length > 0)
    .map(([service, own]) => [
      service,
      Object.entries(own)
        .map(([name, value]) => `${name} ${show(value)}`)
        .join(', '),
    ]);
  const quotes = summary.channels.find(({ channel }) => channel === 'market_data')?.written ?? 0;
  const rate = `${formatCount(quotes / Math.max(summary.seconds, 0.001))} quotes/s`;
  const ending = `${summary.stopped ? 'Stopped' : 'Finished'} after ${summary.seconds.toFixed(1)} s, ${rate}`;
  const failed = summary.checks.filter(({ ok }) => !ok).length;
  const verdict = failed === 0 ? paint.good('Every message is accounted for.') : paint.bad(`${failed} checks FAILED.`);
  return [
    '',
    paint.bold(heading),
    ...table,
    '',
    ...formatTable(facts, 2),
    '',
    ...Object.entries(summary.endToEnd).map(([service, latency]) => formatEndToEnd(service, latency)),
    '',
    ...summary.checks.map(({ ok, text }) => `${ok ? paint.good(' ok ') : paint.bad('FAIL')}  ${text}`),
    '',
    `${ending}. ${verdict}`,
  ].join('\n');
}

function formatChaos(
  { checks, seconds, stopped }: Summary,
  { kills, channels }: NonNullable<Summary['chaos']>,
  paint: Paint,
): string {
  const header = ['channel', 'consumer', 'written', 'delivered', 'again', 'lost', 'overwritten', 'died'];
  const rows = channels.map((row) => {
    const { channel, consumer, written, writtenAtMost, delivered, redelivered, lost, overwritten } = row;
    const range = written === writtenAtMost ? '' : ` to ${formatCount(writtenAtMost)}`;
    const counts = [delivered, redelivered, lost, overwritten, Math.max(0, lost - overwritten)].map(formatCount);
    return [channel, consumer, `${formatCount(written)}${range}`, ...counts];
  });
  const [heading = '', ...table] = formatTable([header, ...rows], 2);
  const times = Object.values(kills).reduce((sum, count) => sum + count, 0);
  const killed = Object.entries(kills).map(([service, count]) => `${service} ${count}`);
  const failed = checks.filter(({ ok }) => !ok).length;
  const verdict = failed === 0 ? paint.good('Every message is accounted for.') : paint.bad(`${failed} checks FAILED.`);
  return [
    '',
    paint.bold(heading),
    ...table,
    '',
    `${times} kills: ${killed.join(', ')}`,
    '',
    ...checks.map(({ ok, text }) => `${ok ? paint.good(' ok ') : paint.bad('FAIL')}  ${text}`),
    '',
    `${stopped ? 'Stopped' : 'Finished'} after ${seconds.toFixed(1)} s. ${verdict}`,
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
