import type { Command } from 'commander';
import { configDifference } from '../../bus/config-difference.js';
import { isAttached, isInternal } from '../../liveness/state.js';
import { segmentPath } from '../../layout/directory.js';
import { BusError } from '../../platform/bus-error.js';
import { ExitCode } from '../exit-code.js';
import { formatBytes, formatJson, formatTable, type Output } from '../output.js';
import { jsonOf } from '../json.js';
import type { ChannelFigures, EndpointFigures } from '../../observe/channel-figures.js';
import { expectDirectory, findChannels, type FoundChannel, type LookOptions } from './found-channels.js';
import { lookAtChannel } from './look-at-channel.js';

export function addLs(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('ls')
    .description('lists the channels that are configured, and those that have a segment; tells where the two differ')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--capture <file>', 'look at this capture in the place of a running bus: apbus capture makes them')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus ls\n  apbus ls --directory /dev/shm/alphapulse-1000 --json')
    .action(async (options: LookOptions & { json?: true }) => finish(await ls(options, output)));
}

interface Seen {
  readonly found: FoundChannel;
  readonly figures?: ChannelFigures;
  readonly fault?: BusError;
}

/** `apbus ls` */
export async function ls({ json, ...where }: LookOptions & { json?: true }, output: Output): Promise<ExitCode> {
  expectDirectory(where);
  const { directory, channels, source } = await findChannels(where);
  const seen = channels.map((found) => look(directory, found));
  if (json) {
    const listed = seen.map((one) => asJson(directory, one));
    output.data(formatJson(jsonOf({ config: source, directory, channels: listed })));
  } else if (seen.length === 0) output.message(`apbus: no channel in ${directory}\n`);
  else output.data(formatTable([HEADINGS, ...seen.map(row)]));
  for (const { found, fault } of seen) {
    if (fault !== undefined) output.message(`apbus: channel ${found.name}: ${fault.message} (${fault.code})\n`);
  }
  return seen.some(({ fault }) => fault !== undefined) ? ExitCode.FAILED : ExitCode.OK;
}

function look(directory: string, found: FoundChannel): Seen {
  const figures = lookAtChannel(directory, found.name);
  if (figures === undefined) return { found };
  if (BusError.is(figures)) return { found, fault: figures };
  const fault = found.configured && configDifference(figures, found.configured);
  return { found, figures, ...(fault && { fault }) };
}

function asJson(directory: string, seen: Seen): object {
  const { found, figures, fault } = seen;
  const { configured } = found;
  return {
    channel: found.name,
    configured: configured !== undefined,
    ...(configured && { declared: { producers: configured.producers, consumers: configured.consumers } }),
    path: figures?.path ?? segmentPath(directory, found.name),
    state: stateOf(seen),
    ...(fault && { error: { code: fault.code, message: fault.message } }),
    ...figures,
  };
}

function stateOf({ figures, fault }: Seen): string {
  if (fault !== undefined) return 'unusable';
  if (figures === undefined) return 'absent';
  const state = [...figures.producers, ...figures.consumers].some(isAttached) ? 'live' : 'idle';
  return figures.captured === undefined ? state : `${state} at capture`;
}

const HEADINGS = [
  'channel',
  'type',
  'mode',
  'ring',
  'state',
  'messages',
  'used',
  'producers',
  'consumers',
  'lag',
  'journal',
];

function row(seen: Seen): string[] {
  const { found, figures } = seen;
  const { name, configured } = found;
  if (figures === undefined) {
    const { type = '-', bufferSize, backpressure } = configured ?? {};
    const ring = bufferSize === undefined ? '-' : formatBytes(bufferSize);
    return [name, type, backpressure?.mode ?? '-', ring, stateOf(seen), '-', '-', '-', '-', '-', '-'];
  }
  const { type, mode, capacityBytes, written, utilization, producers, consumers, journal } = figures;
  return [
    name,
    type,
    mode,
    formatBytes(capacityBytes),
    stateOf(seen),
    String(written),
    `${Math.round(utilization * 100)}%`,
    attached(producers, configured?.producers.length),
    attached(
      consumers.filter((one) => !isInternal(one)),
      configured?.consumers.length,
    ),
    String(Math.max(0, ...consumers.filter(isAttached).map(({ lag }) => lag?.messages ?? 0))),
    journal?.state ?? '-',
  ];
}

/** Those that live, of those that are declared. */
function attached(endpoints: readonly EndpointFigures[], declared: number | undefined): string {
  const alive = endpoints.filter(isAttached).length;
  return declared === undefined ? String(alive) : `${alive}/${declared}`;
}
