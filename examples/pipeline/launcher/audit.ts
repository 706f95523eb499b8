import type { ResolvedChannel, ResolvedConfig } from 'alphapulse-bus';
import type { EndpointReport, ServiceReport } from '../stage/reports.js';
import type { TallyReport } from '../stage/tally.js';

/** One thing that must be true of a finished run. */
export interface Check {
  readonly ok: boolean;
  readonly text: string;
}

/** Who sends orders, and where to. */
const ORDERING = [
  ['arbitrage_strategy', 'signals'],
  ['ml_strategy', 'signals'],
  ['momentum_strategy', 'signals'],
  ['flash_arbitrage', 'critical_signals'],
] as const;

type Reports = ReadonlyMap<string, ServiceReport>;

/**
 * Accounts for every message. For each channel: what each producer says it wrote, each consumer must have read: as many
 * messages, the same ones, in the same order. From channel to channel: every order must have its fill.
 */
export function audit(config: ResolvedConfig, reports: Reports): readonly Check[] {
  const channels = [...config.channels.values()].flatMap((channel) => auditChannel(channel, reports));
  return [...channels, ...auditPipeline(reports)];
}

/** Messages that the producers of a channel wrote. */
export function writtenTo(channel: ResolvedChannel, reports: Reports): number {
  return channel.producers.reduce((sum, name) => sum + total(endpoint(reports, name, channel.name, 'producer')), 0);
}

export function endpoint(
  reports: Reports,
  service: string,
  channel: string,
  role: EndpointReport['role'],
): EndpointReport | undefined {
  return reports.get(service)?.endpoints.find((entry) => entry.channel === channel && entry.role === role);
}

export function total(endpointReport: EndpointReport | undefined): number {
  return endpointReport?.tallies.reduce((sum, { messages }) => sum + messages, 0) ?? 0;
}

function auditChannel(channel: ResolvedChannel, reports: Reports): Check[] {
  return channel.consumers.map((service) => {
    const consumer = endpoint(reports, service, channel.name, 'consumer');
    const faults = consumer === undefined ? ['it sent no report'] : consumerFaults(channel, consumer, reports);
    const read = total(consumer).toLocaleString('en-US');
    const written = writtenTo(channel, reports).toLocaleString('en-US');
    const text = `${channel.name}: ${service} read ${read} of ${written} messages`;
    if (faults.length === 0) return { ok: true, text: `${text}, in order, none lost, none altered` };
    return { ok: false, text: `${text}: ${faults.join('; ')}` };
  });
}

function consumerFaults(channel: ResolvedChannel, consumer: EndpointReport, reports: Reports): string[] {
  const faults: string[] = [];
  for (const name of channel.producers) {
    const wrote = endpoint(reports, name, channel.name, 'producer')?.tallies[0];
    const read = consumer.tallies.find(({ producer }) => producer === name);
    const fault = streamFault(name, wrote, read);
    if (fault !== undefined) faults.push(fault);
  }
  for (const { producer } of consumer.tallies) {
    if (!channel.producers.includes(producer)) faults.push(`it heard from ${producer}, which does not produce here`);
  }
  if (consumer.gaps > 0) faults.push(`${consumer.gaps} gaps in the sequence`);
  if (consumer.lost > 0) faults.push(`${consumer.lost} lost`);
  if (consumer.lag > 0) faults.push(`${consumer.lag} left unread`);
  return faults;
}

function streamFault(name: string, wrote: TallyReport | undefined, read: TallyReport | undefined): string | undefined {
  if (wrote === undefined) return `${name} sent no report`;
  const messages = read?.messages ?? 0;
  if (wrote.messages !== messages) return `${name} wrote ${wrote.messages}, but ${messages} were read`;
  if (wrote.digest !== (read?.digest ?? 0))
    return `the messages of ${name} are not those that were read, or not in order`;
  return undefined;
}

/** What must hold from one channel to the next, by the services' own counts of what they did. */
function auditPipeline(reports: Reports): Check[] {
  const written = (service: string, channel: string): number => total(endpoint(reports, service, channel, 'producer'));
  const read = (service: string, channel: string): number => total(endpoint(reports, service, channel, 'consumer'));
  const did = (service: string, name: string): number => fact(reports, service, name);
  const traced = (service: string): number => reports.get(service)?.endToEnd?.count ?? 0;
  const quotes = equal(
    'quotes of the source',
    did('polygon_collector', 'quotes'),
    'on the bus',
    written('polygon_collector', 'market_data'),
  );
  const orders = ORDERING.map(([service, channel]) =>
    equal(`orders of ${service}`, did(service, 'orders'), 'on the bus', written(service, channel)),
  );
  const results = written('execution_coordinator', 'execution_results');
  const decided = did('execution_coordinator', 'accepted') + did('execution_coordinator', 'rejected');
  const executed = did('execution_engine', 'accepted') + did('execution_engine', 'rejected');
  const critical = read('execution_engine', 'critical_signals');
  return [
    quotes,
    ...orders,
    equal('orders', read('execution_coordinator', 'signals'), 'accepted or rejected', decided),
    equal('orders accepted or rejected', decided, 'results on the bus', results),
    equal(
      'orders accepted',
      did('execution_coordinator', 'accepted'),
      'fills at the risk monitor',
      did('risk_monitor', 'fills'),
    ),
    equal(
      'orders rejected',
      did('execution_coordinator', 'rejected'),
      'rejections at the risk monitor',
      did('risk_monitor', 'rejections'),
    ),
    equal('results', results, 'traced back to their quote', traced('risk_monitor')),
    equal('critical orders', critical, 'accepted or rejected', executed),
    equal('critical orders', critical, 'traced back to their quote', traced('execution_engine')),
  ];
}

function fact(reports: Reports, service: string, name: string): number {
  // a fact that is missing is no zero: it equals nothing, and the check fails
  return Number(reports.get(service)?.facts[name] ?? Number.NaN);
}

function equal(leftName: string, left: number, rightName: string, right: number): Check {
  const sides = `${left.toLocaleString('en-US')} ${leftName}, ${right.toLocaleString('en-US')} ${rightName}`;
  return { ok: left === right, text: sides };
}
