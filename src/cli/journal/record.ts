import type { Command } from 'commander';
import { configDifference } from '../../bus/config-difference.js';
import { loadConfig, type ResolvedChannel } from '../../bus/config/index.js';
import { defaultDirectory } from '../../layout/directory.js';
import { RecorderHost } from '../../journal/recorder-host.js';
import { Segment } from '../../layout/segment.js';
import { channelFigures } from '../../observe/channel-figures.js';
import { BusError } from '../../platform/bus-error.js';
import { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { pause } from '../pause.js';
import { untilTold } from '../signals.js';

export interface RecordOptions {
  readonly config?: string;
  readonly directory?: string;
  readonly json?: true;
}

/** How often it looks for segments that are not there yet, and whether it records. */
const LOOK_MS = 200;

export function addRecord(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('record [channels...]')
    .description(
      'records channels in a process of its own, besides those that have them open; default: all with a journal',
    )
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--json', 'print NDJSON: when it begins to record a channel')
    .addHelpText('after', '\nExamples:\n  apbus record\n  apbus record execution_results -c trading.toml')
    .action(async (channels: string[], options: RecordOptions) => finish(await record(channels, options, output)));
}

/** `apbus record`: until it is told to end. */
export async function record(names: readonly string[], options: RecordOptions, output: Output): Promise<ExitCode> {
  const { channels, directory, source } = await loadConfig(options.config);
  const place = options.directory ?? directory ?? defaultDirectory();
  const recorded = new Map([...channels].filter(([, { persistence }]) => persistence !== undefined));
  const chosen = names.length === 0 ? [...recorded.keys()] : names;
  if (chosen.length === 0)
    throw new BusError('ERR_JOURNAL', `${source}: found no channel with a table persistence to record`);
  for (const name of chosen) {
    if (recorded.has(name)) continue;
    const known = `recorded are: ${[...recorded.keys()].join(', ') || 'none'}`;
    if (channels.has(name)) throw new BusError('ERR_JOURNAL', `channel ${name} has no table persistence; ${known}`);
    throw new BusError('ERR_UNKNOWN_CHANNEL', `no channel "${name}" is configured; ${known}`);
  }
  const hosts = new Map<string, { readonly host: RecorderHost; readonly segment: Segment }>();
  try {
    await untilTold(async (told) => {
      while (!told.aborted) {
        for (const name of chosen) {
          const known = hosts.get(name);
          if (known?.segment.isLinked() === true) continue;
          // removed: what is written to a new one is of another life of the channel
          hosts.delete(name);
          await known?.host.close();
          const configured = recorded.get(name);
          const segment = configured && openAgreed(place, configured);
          const persistence = configured?.persistence;
          if (segment === undefined || persistence === undefined) continue;
          const warn = (text: string): void => output.message(`apbus: ${text}\n`);
          hosts.set(name, { host: new RecorderHost(segment, persistence, warn), segment });
          const said = { channel: name, journal: persistence.directory };
          if (options.json) output.data(`${JSON.stringify(said)}\n`);
          else output.message(`apbus: channel ${name} is recorded in ${persistence.directory}\n`);
        }
        await pause(LOOK_MS, told);
      }
    });
  } finally {
    await Promise.all([...hosts.values()].map(({ host }) => host.close()));
  }
  return ExitCode.OK;
}

/**
 * The segment of a channel, if it is there: of one that is configured otherwise the records would go where nobody looks for
 * them.
 *
 * @throws BusError `ERR_CONFIG_MISMATCH`, and as `Segment.openExisting`
 */
function openAgreed(directory: string, configured: ResolvedChannel): Segment | undefined {
  const segment = Segment.openExisting(directory, configured.name, { ringWritable: false });
  if (segment === undefined) return undefined;
  try {
    const difference = configDifference(channelFigures(segment), configured);
    if (difference === undefined) return segment;
    const hint = 'give it the configuration of the services';
    throw new BusError('ERR_CONFIG_MISMATCH', `channel ${configured.name}: ${difference.message}; ${hint}`);
  } catch (error) {
    segment.close();
    throw error;
  }
}
