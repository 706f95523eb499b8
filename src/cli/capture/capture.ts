import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parseSize, SIZE_FORM } from '../../bus/config/sizes.js';
import { parseSpan, SPAN_FORM } from '../../bus/config/spans.js';
import { captureChannels, type CaptureReport } from '../../observe/capture/capture-channels.js';
import type { CapturedChannel } from '../../observe/capture/capture-one.js';
import { BusError } from '../../platform/bus-error.js';
import { systemWallClock } from '../../platform/clock.js';
import { ExitCode } from '../exit-code.js';
import { expectDirectory, findChannels, type LookOptions } from '../look/found-channels.js';
import { unknownChannel } from '../look/unknown-channel.js';
import { formatBytes, formatJson, formatTable, type Output } from '../output.js';
import { untilTold } from '../signals.js';

export interface CaptureOptions extends Omit<LookOptions, 'capture'> {
  readonly all?: true;
  readonly output?: string;
  readonly last?: string;
  readonly bytes?: string;
  readonly json?: true;
}

export function addCapture(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('capture [channels...]')
    .description('freezes channels into a file, to be looked at later or elsewhere; without disturbing them')
    .option('-o, --output <file>', 'the file to make (default: <channel>-<time>.apcap)')
    .option('--all', 'all channels that have a segment')
    .option('--last <time>', 'of each at least the messages of the last 5s, 10m (default: all that is in the ring)')
    .option('--bytes <size>', 'of each at least the last 64MB of the ring')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  apbus capture orders -o incident.apcap\n  apbus capture --all --last 30s\n' +
        '\nThe file is opened in the place of a running bus:\n  apbus ls --capture incident.apcap\n' +
        '  apbus stat orders --capture incident.apcap\n  apbus tail orders --capture incident.apcap --json\n',
    )
    .action(async (channels: string[], options: CaptureOptions) => finish(await capture(channels, options, output)));
}

/** `apbus capture` */
export async function capture(names: readonly string[], options: CaptureOptions, output: Output): Promise<ExitCode> {
  const lastMs = options.last === undefined ? undefined : parseLast(options.last);
  const bytes = options.bytes === undefined ? undefined : parseBytes(options.bytes);
  expectDirectory(options);
  const { directory, channels: found } = await findChannels(options);
  const channels = chosen(
    names,
    options.all === true,
    found.map(({ name }) => name),
    directory,
  );
  const file = resolve(options.output ?? defaultName(channels));
  const report = await untilTold(async (signal) =>
    captureChannels({ directory, channels, file, lastMs, bytes, signal }),
  );
  const unusable = report.unusable.filter((one) => !(options.all === true && one.code === 'ERR_UNKNOWN_CHANNEL'));
  if (options.json) output.data(formatJson(report));
  else output.data(describe(report));
  for (const { channel, code, reason } of unusable) output.message(`apbus: channel ${channel}: ${reason} (${code})\n`);
  for (const { channel } of report.channels.filter(({ isTimed }) => !isTimed))
    output.message(`apbus: channel ${channel} has no timestamps: all of its ring was captured\n`);
  return unusable.length === 0 ? ExitCode.OK : ExitCode.FAILED;
}

function chosen(
  names: readonly string[],
  all: boolean,
  found: readonly string[],
  directory: string,
): readonly string[] {
  if (all && names.length === 0 && found.length > 0) return found;
  if (all) {
    const problem = names.length > 0 ? 'found --all and names of channels, expected one of them' : undefined;
    throw new BusError('ERR_INVALID_ARGUMENT', problem ?? `no channel in ${directory}; there is nothing to capture`);
  }
  if (names.length === 0) throw new BusError('ERR_INVALID_ARGUMENT', 'name the channels to capture, or say --all');
  for (const name of names) if (!found.includes(name)) throw unknownChannel(name, found, `in ${directory}`);
  return [...new Set(names)];
}

/** Sorts by time, and has nothing that a shell or another file system would mind. */
function defaultName(channels: readonly string[]): string {
  const time = new Date(systemWallClock.nowMs()).toISOString().replaceAll(/[:.]/g, '-');
  return `${channels.length === 1 ? channels[0] : 'capture'}-${time}.apcap`;
}

function parseLast(text: string): number {
  const span = parseSpan(text);
  if ('ms' in span && span.ms > 0) return span.ms;
  throw new BusError('ERR_INVALID_ARGUMENT', `--last: found ${JSON.stringify(text)}, expected ${SPAN_FORM}`);
}

function parseBytes(text: string): number {
  const size = parseSize(text);
  if ('bytes' in size && size.bytes > 0) return size.bytes;
  throw new BusError('ERR_INVALID_ARGUMENT', `--bytes: found ${JSON.stringify(text)}, expected ${SIZE_FORM}`);
}

function describe({ file, bytes, channels }: CaptureReport): string {
  const headings = ['channel', 'type', 'records', 'bytes', 'from', 'to', 'overwritten', 'left out', 'open claims'];
  return `${formatTable([headings, ...channels.map(row)])}${file}, ${formatBytes(bytes)}\n`;
}

function row(one: CapturedChannel): string[] {
  const { channel, type, records, bytes, front, tail, overwritten, leftOut, openClaims } = one;
  const counts = [front.sequence, tail.sequence, overwritten, leftOut, openClaims].map(String);
  return [channel, type, String(records), formatBytes(bytes), ...counts];
}
