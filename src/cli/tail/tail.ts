import type { Command } from 'commander';
import { systemClock, systemWallClock } from '../../platform/clock.js';
import { ExitCode } from '../exit-code.js';
import { openToLook, type LookOptions } from '../look/found-channels.js';
import type { Output } from '../output.js';
import { pause } from '../pause.js';
import { parseCount, parsePlace } from '../place.js';
import { untilTold } from '../signals.js';
import { ChannelTail } from './channel-tail.js';
import { messageFilter, type FilterOptions } from './message-filter.js';
import { messageJson } from './message-text.js';
import { addFormatOptions, messageWriter, type FormatOptions } from './message-writer.js';

export interface TailOptions extends LookOptions, FilterOptions, FormatOptions {
  readonly from?: string;
  readonly lines?: string;
  readonly follow?: true;
}

/** How often it looks for more, with --follow: it must not cost those that it looks at. */
const LOOK_MS = 50;
const BURST = 512;
/** And how often, with messages to read, whether it is still the channel's segment that it reads. */
const MOVE_ON_NS = 1e9;

export function addTail(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  const command = program
    .command('tail <channel>')
    .description('prints the messages of a channel, decoded, without disturbing it; also of one that nobody has open')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--capture <file>', 'look at this capture in the place of a running bus: apbus capture makes them')
    .option(
      '-f, --follow',
      'go on with what is written from now on, also after the channel was made anew, until it is told to end',
    )
    .option('--from <place>', 'oldest, latest, a sequence, a time, or a span: 5m (default: oldest; with -f latest)')
    .option('-n, --lines <count>', 'end after so many messages')
    .option('--type <tlv>', 'those that hold a TLV of this type, by number or name')
    .option('--producer <name>', 'those of this producer')
    .option('--grep <pattern>', 'those whose line this regular expression finds')
    .option('--min-size <bytes>', 'those of at least so many bytes');
  addFormatOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  apbus tail market_data -f --type Quote\n  apbus tail orders --from 5m --json | jq .tlvs\n  apbus tail orders --from 4711 -n 1 --hex\n',
    )
    .action(async (channel: string, options: TailOptions) => finish(await tail(channel, options, output)));
}

/** `apbus tail` */
export async function tail(channel: string, options: TailOptions, output: Output): Promise<ExitCode> {
  const isShown = messageFilter(options);
  const follows = options.follow === true;
  const from = parsePlace(options.from ?? (follows ? 'latest' : 'oldest'), '--from', systemWallClock.nowMs());
  let left = options.lines === undefined ? Infinity : parseCount(options.lines, '--lines');
  const write = messageWriter(options, output);
  const channelTail = new ChannelTail(await openToLook(channel, options), from, (what) =>
    output.message(`apbus: ${what}\n`),
  );
  const clock = systemClock();
  let movedNs = clock.monotonicNs();
  try {
    await untilTold(async (told) => {
      while (left > 0 && !told.aborted) {
        const read = channelTail.poll((message, producer) => {
          if (left === 0) return;
          const found = messageJson(message, producer);
          if (!isShown(found)) return;
          left -= 1;
          write(found, message.bytes);
        }, BURST);
        if (read === 0 && !follows) break;
        if (follows && (read === 0 || clock.monotonicNs() - movedNs > MOVE_ON_NS)) {
          channelTail.moveOn();
          movedNs = clock.monotonicNs();
        }
        await pause(read === 0 ? LOOK_MS : 0, told);
      }
    });
    return ExitCode.OK;
  } finally {
    channelTail.close();
  }
}
