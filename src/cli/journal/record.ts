import type { Command } from 'commander';
import { loadConfig } from '../../bus/config/index.js';
import { defaultDirectory } from '../../layout/directory.js';
import { RecorderHost } from '../../journal/recorder-host.js';
import { Segment } from '../../layout/segment.js';
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
  const hosts = new Map<string, RecorderHost>();
  try {
    await untilTold(async (told) => {
      while (!told.aborted) {
        for (const name of chosen) {
          if (hosts.has(name)) continue;
          const segment = Segment.openExisting(place, name, { ringWritable: false });
          const persistence = recorded.get(name)?.persistence;
          if (segment === undefined || persistence === undefined) continue;
          const warn = (text: string): void => output.message(`apbus: ${text}\n`);
          hosts.set(name, new RecorderHost(segment, persistence, warn));
          const said = { channel: name, journal: persistence.directory };
          if (options.json) output.data(`${JSON.stringify(said)}\n`);
          else output.message(`apbus: channel ${name} is recorded in ${persistence.directory}\n`);
        }
        await pause(LOOK_MS, told);
      }
    });
  } finally {
    await Promise.all([...hosts.values()].map((host) => host.close()));
  }
  return ExitCode.OK;
}
