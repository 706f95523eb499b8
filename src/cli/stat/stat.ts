import type { Command } from 'commander';
import { Quarantine } from '../../channel/quarantine.js';
import { ExitCode } from '../exit-code.js';
import { jsonOf } from '../json.js';
import { channelFigures, type ChannelFigures, type EndpointFigures } from '../../observe/channel-figures.js';
import { openToLook, type LookOptions } from '../look/found-channels.js';
import { formatBytes, formatJson, formatTable, type Output } from '../output.js';
import { shortNs } from '../short-numbers.js';
import { latencyTable } from './latency-table.js';

export function addStat(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('stat <channel>')
    .description('shows all that the segment of a channel says: its ring, its endpoints, and who waits for whom')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--capture <file>', 'look at this capture in the place of a running bus: apbus capture makes them')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus stat market_data\n  apbus stat market_data --json | jq .consumers')
    .action(async (channel: string, options: LookOptions & { json?: true }) =>
      finish(await stat(channel, options, output)),
    );
}

/** `apbus stat` */
export async function stat(
  channel: string,
  { json, ...where }: LookOptions & { json?: true },
  output: Output,
): Promise<ExitCode> {
  const segment = await openToLook(channel, where);
  try {
    const figures = channelFigures(segment);
    const quarantine = new Quarantine(segment.directory, channel).list().length;
    if (json) output.data(formatJson(jsonOf({ ...figures, directory: segment.directory, quarantine })));
    else output.data(describeChannel(figures, segment.directory, quarantine));
  } finally {
    segment.close();
  }
  return ExitCode.OK;
}

/** For people: the channel, then its endpoints. */
export function describeChannel(figures: ChannelFigures, directory: string, quarantine: number): string {
  const facts = formatTable(factsOf(figures, directory, quarantine).map(([name, value]) => [name, value]));
  const when = figures.captured === undefined ? '' : ' at capture';
  const producers = formatTable([PRODUCER_HEADINGS, ...figures.producers.map((one) => producerRow(one, when))]);
  const consumers = formatTable([CONSUMER_HEADINGS, ...figures.consumers.map((one) => consumerRow(one, when))]);
  const parts = [facts, `producers\n${producers}`, `consumers\n${consumers}`];
  const latencies = latencyTable(figures);
  if (latencies !== undefined) parts.push(`latencies, of the messages that were timed\n${latencies}`);
  const settings = Object.entries(figures.agreement ?? {}).map(([key, value]) => [`  ${key}`, String(value)]);
  if (settings.length > 0) parts.push(`configured\n${formatTable(settings)}`);
  return parts.join('\n');
}

function factsOf(figures: ChannelFigures, directory: string, quarantine: number): [string, string][] {
  const { oldest, tail, memory, breaker, journal, waitsFor, captured } = figures;
  const facts: [string, string][] = [
    ['channel', figures.channel],
    ['directory', directory],
    ['type', `${figures.type}, ${figures.mode}`],
    ['ring', `${formatBytes(figures.capacityBytes)}, messages of up to ${formatBytes(figures.messageSizeMax)}`],
    ['file', `${figures.path}, ${formatBytes(figures.fileBytes)}`],
    ['memory', describeMemory(memory)],
    ['created', `${timeOf(figures.createdNs)} by process ${figures.creatorPid}`],
    ['written', `${figures.written} records`],
    ['tail', `position ${tail.position}, sequence ${tail.sequence}`],
    ['oldest', `position ${oldest.position}, sequence ${oldest.sequence}${receivedAt(oldest.receivedNs)}`],
    ['retained', `${tail.sequence - oldest.sequence} records, ${formatBytes(tail.position - oldest.position)}`],
    ['used', `${(figures.utilization * 100).toFixed(1)}% by the slowest consumer that gates`],
    ['waiting', waitsFor === undefined ? 'no producer' : `producers wait for ${waitsFor}`],
    ['repairs', `${figures.repairs} claims of dead producers; ${figures.reaped} consumers given up`],
  ];
  if (captured !== undefined) {
    const where = `on ${captured.machine} into ${captured.file}`;
    facts.push(['captured', `${new Date(captured.takenMs).toISOString()} ${where}; all of this is as of then`]);
  }
  if (breaker !== undefined) facts.push(['breaker', `${breaker.state}; opened ${breaker.opened} times`]);
  if (journal !== undefined) {
    const error = journal.error === undefined ? '' : `, ${journal.error}`;
    const by = journal.recorderPid === undefined ? '' : ` by process ${journal.recorderPid}`;
    facts.push(['journal', `${journal.state}${by}${error}; written ${journal.written}, durable ${journal.durable}`]);
  }
  if (quarantine > 0) facts.push(['quarantine', `${quarantine} messages: apbus quarantine list`]);
  return facts;
}

function describeMemory({ pageBytes, grants, numaNode }: ChannelFigures['memory']): string {
  const node = grants.includes('numa node') ? ` (node ${numaNode})` : '';
  const granted = grants.length === 0 ? 'ordinary pages' : `${grants.join(', ')}${node}`;
  return pageBytes > 65_536 ? `${granted}, pages of ${formatBytes(pageBytes)}` : granted;
}

function receivedAt(ns: number): string {
  return ns === 0 ? '' : `, received ${new Date(ns / 1e6).toISOString()}`;
}

function timeOf(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString();
}

const PRODUCER_HEADINGS = [
  '  slot',
  'name',
  'pid',
  'state',
  'loop lag',
  'full',
  'rejected',
  'dropped',
  'deaths',
  'why',
];

function producerRow(one: EndpointFigures, when: string): string[] {
  const { slot, name, pid, state, loopLagMs, counters, deaths, reason } = one;
  const { backpressure = 0, rejected = 0, dropped = 0 } = counters;
  const lag = loopLagMs === undefined ? '-' : `${Math.round(loopLagMs)}ms`;
  const counts = [backpressure, rejected, dropped, deaths].map(String);
  return [`  ${slot}`, name, String(pid), `${state}${when}`, lag, ...counts, reason ?? '-'];
}

const CONSUMER_HEADINGS = [
  '  slot',
  'name',
  'pid',
  'state',
  'next',
  'behind',
  'bytes',
  'lag',
  'read',
  'lost',
  'gates',
  'policy',
  'deaths',
  'why',
];

function consumerRow(one: EndpointFigures, when: string): string[] {
  const { slot, name, pid, state, sequence, lag, lagMs, lost, gating, policy, deaths, reason, counters } = one;
  return [
    `  ${slot}`,
    name,
    pid === 0 ? '-' : String(pid),
    `${state}${when}`,
    String(sequence ?? '-'),
    String(lag?.messages ?? '-'),
    lag === undefined ? '-' : formatBytes(lag.bytes),
    shortNs(lagMs === undefined ? undefined : lagMs * 1e6),
    String(counters['messages'] ?? 0),
    String(lost ?? 0),
    gating === true ? 'yes' : 'no',
    policy?.gating ?? '-',
    String(deaths),
    reason ?? '-',
  ];
}
