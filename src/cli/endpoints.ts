import type { Command } from 'commander';
import { inspectChannel, type EndpointInfo } from '../liveness/index.js';
import { BusError } from '../platform/bus-error.js';
import { chosenChannels } from './chosen-channels.js';
import { ExitCode } from './exit-code.js';
import { formatBytes, formatJson, formatTable, type Output } from './output.js';

export function addEndpoints(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('endpoints [channel]')
    .description('lists the producers and consumers of the channels, and how each is doing')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus endpoints\n  apbus endpoints market_data --json')
    .action(async (channel: string | undefined, options: { config?: string; json?: true }) =>
      finish(await listEndpoints(channel, options, output)),
    );
}

interface Seen {
  readonly channel: string;
  readonly endpoints: readonly EndpointInfo[];
}

/** `apbus endpoints`: who is attached to the channels of a configuration, and how each is doing. */
export async function listEndpoints(
  channel: string | undefined,
  options: { config?: string; json?: true },
  output: Output,
): Promise<ExitCode> {
  const { config, directory, channels } = await chosenChannels(channel, options.config);
  const seen: Seen[] = [];
  const unusable: string[] = [];
  for (const name of channels) {
    try {
      seen.push({ channel: name, endpoints: inspectChannel(directory, name) });
    } catch (error) {
      if (!BusError.is(error)) throw error;
      unusable.push(`apbus: channel ${name}: ${error.message} (${error.code})\n`);
    }
  }
  if (options.json) output.data(formatJson({ config, directory, channels: seen.map(asJson) }));
  else output.data(formatTable([HEADINGS, ...seen.flatMap(rows)]));
  for (const message of unusable) output.message(message);
  return unusable.length === 0 ? ExitCode.OK : ExitCode.FAILED;
}

/** A bigint has no place in JSON. */
function asJson({ channel, endpoints }: Seen): object {
  return { channel, endpoints: endpoints.map((one) => ({ ...one, attachedNs: String(one.attachedNs) })) };
}

// the reason is last: it is long
const HEADINGS = ['channel', 'role', 'name', 'pid', 'state', 'loop lag', 'behind', 'bytes', 'lost', 'gates', 'reason'];

function rows({ channel, endpoints }: Seen): string[][] {
  return endpoints.map(({ role, name, pid, state, loopLagMs, lag, lost, gating, reason }) => [
    channel,
    role,
    name,
    // One for which a slot is kept was never there.
    pid === 0 ? '-' : String(pid),
    state,
    loopLagMs === undefined ? '-' : `${loopLagMs}ms`,
    lag === undefined ? '-' : String(lag.messages),
    lag === undefined ? '-' : formatBytes(lag.bytes),
    String(lost ?? '-'),
    gating === undefined ? '-' : gating ? 'yes' : 'no',
    reason ?? '-',
  ]);
}
