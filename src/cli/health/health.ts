import type { Command } from 'commander';
import { BusHealth } from '../../bus/bus-health.js';
import type { ResolvedChannel } from '../../bus/config/index.js';
import type { HealthReport, HealthStatus } from '../../observe/health/check-health.js';
import { findingKey } from '../../observe/health/finding.js';
import { channelsIn } from '../../observe/watched-channels.js';
import { BusError } from '../../platform/bus-error.js';
import { systemWallClock } from '../../platform/clock.js';
import { ExitCode } from '../exit-code.js';
import { jsonOf } from '../json.js';
import { expectDirectory, findChannels, type Found, type LookOptions } from '../look/found-channels.js';
import { unknownChannel } from '../look/unknown-channel.js';
import { formatJson, type Output } from '../output.js';
import { pause } from '../pause.js';
import { untilTold } from '../signals.js';
import { HealthConsequences } from './health-consequences.js';
import { intervalOf, thresholdsOf, type ThresholdOptions } from './health-options.js';
import { describeHealth } from './health-text.js';

export interface HealthOptions extends LookOptions, ThresholdOptions {
  readonly watch?: true;
  readonly interval?: string;
  readonly json?: true;
}

const CODES: Readonly<Record<HealthStatus, ExitCode>> = {
  healthy: ExitCode.OK,
  degraded: ExitCode.DEGRADED,
  unhealthy: ExitCode.UNHEALTHY,
};

export function addHealth(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('health [channel]')
    .description('judges the channels: healthy (exit code 0), degraded (5) or unhealthy (6), why, and what to do')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--capture <file>', 'look at this capture in the place of a running bus: apbus capture makes them')
    .option('--utilization <share>', 'a ring is used too much above this (default: 0.9)')
    .option('--lag <messages>', 'a consumer is too far behind above this (default: 10000)')
    .option('--unread <ms>', 'a consumer may have something to read and not move for so long (default: 60000)')
    .option('--dead <what>', 'a dead endpoint is unhealthy, degraded, or ignore (default: unhealthy)')
    .option(
      '--watch',
      'go on looking; print each change, tell whom [health.alert] names, capture as [health.capture] says',
    )
    .option('--interval <ms>', 'with --watch: how often it looks (default: 1000)')
    .option('--json', 'print one JSON document; with --watch NDJSON, one line for each change')
    .addHelpText(
      'after',
      '\nExamples:\n  apbus health\n  apbus health orders --lag 500 --json\n  apbus health -c trading.toml --watch --json',
    )
    .action(async (channel: string | undefined, options: HealthOptions) =>
      finish(await health(channel, options, output)),
    );
}

/** `apbus health` */
export async function health(channel: string | undefined, options: HealthOptions, output: Output): Promise<ExitCode> {
  const intervalMs = intervalOf(options);
  expectDirectory(options);
  const found = await findChannels(options);
  const thresholds = { ...found.health?.thresholds, ...thresholdsOf(options) };
  if (channel !== undefined) expectChannel(channel, found);
  using watch = new BusHealth(found.directory, thresholds);
  const look = (): HealthReport => watch.check(channelsOf(found, channel));
  if (options.watch) return await watchHealth(look, intervalMs, found, options, output);
  const report = look();
  if (options.json) output.data(formatJson(jsonOf({ directory: found.directory, ...report })));
  else output.data(describeHealth(report, output.color));
  return CODES[report.status];
}

function expectChannel(channel: string, { directory, channels }: Found): void {
  const names = channels.map(({ name }) => name);
  if (!names.includes(channel)) throw unknownChannel(channel, names, `in ${directory}`);
}

/** Those of the configuration, and those that have a segment by now. */
function channelsOf(
  { directory, channels }: Found,
  only: string | undefined,
): ReadonlyMap<string, ResolvedChannel | undefined> {
  const all = new Map(channels.map(({ name, configured }) => [name, configured]));
  if (only !== undefined) return new Map([[only, all.get(only)]]);
  const configured = [...all].filter(([, channel]) => channel !== undefined);
  const unknown = channelsIn(directory).filter((name) => all.get(name) === undefined);
  return new Map([...configured, ...unknown.map((name) => [name, undefined] as const)]);
}

async function watchHealth(
  look: () => HealthReport,
  intervalMs: number,
  { directory, health: settings }: Found,
  { json }: HealthOptions,
  output: Output,
): Promise<ExitCode> {
  const complain = (message: string): void => output.message(`apbus: ${message}\n`);
  const consequences = new HealthConsequences(settings, directory, complain);
  let before: string | undefined;
  let trouble = '';
  await untilTold(async (told) => {
    for (; !told.aborted; await pause(intervalMs, told)) {
      const report = lookIfPossible(look, before === undefined);
      if (typeof report === 'string') {
        if (report !== trouble) complain(`the channels cannot be looked at: ${report}`);
        trouble = report;
        // when they can be again, that is said too
        before = '';
        continue;
      }
      trouble = '';
      consequences.look(report);
      const now = [report.status, ...report.findings.map((one) => `${one.code} ${findingKey(one)}`)].join('\n');
      if (now !== before) {
        const time = new Date(systemWallClock.nowMs()).toISOString();
        if (json) output.data(`${JSON.stringify(jsonOf({ time, directory, ...report }))}\n`);
        else output.data(`${time}  ${describeHealth(report, output.color)}`);
      }
      before = now;
    }
    await consequences.settle();
  });
  return ExitCode.OK;
}

/** Why not, when it is not: a watch is not to end by what may be over at the next look. Only the first one must succeed. */
function lookIfPossible(look: () => HealthReport, isFirst: boolean): HealthReport | string {
  try {
    return look();
  } catch (error) {
    if (isFirst || !BusError.is(error)) throw error;
    return `${error.message} (${error.code})`;
  }
}
