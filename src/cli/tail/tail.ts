import type { Command } from 'commander';
import { nameAt } from '../../layout/control-block.js';
import { PRODUCER_SLOT, PRODUCER_SLOTS, producerSlotOffset } from '../../layout/schema.js';
import type { Segment } from '../../layout/segment.js';
import { systemWallClock } from '../../platform/clock.js';
import { RingObserver } from '../../ring/observer.js';
import { ExitCode } from '../exit-code.js';
import { openToLook, type LookOptions } from '../look/found-channels.js';
import type { Output } from '../output.js';
import { pause } from '../pause.js';
import { parseCount, parsePlace } from '../place.js';
import { untilTold } from '../signals.js';
import { messageFilter, type FilterOptions } from './message-filter.js';
import { messageJson, messageLine } from './message-text.js';

export interface TailOptions extends LookOptions, FilterOptions {
  readonly from?: string;
  readonly lines?: string;
  readonly follow?: true;
  readonly json?: true;
}

/** How often it looks for more, with --follow: it must not cost those that it looks at. */
const LOOK_MS = 50;
const BURST = 512;

export function addTail(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('tail <channel>')
    .description('prints the messages of a channel, decoded, without disturbing it; also of one that nobody has open')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('-f, --follow', 'go on with what is written from now on, until it is told to end')
    .option('--from <place>', 'oldest, latest, a sequence, a time, or a span: 5m (default: oldest; with -f latest)')
    .option('-n, --lines <count>', 'end after so many messages')
    .option('--type <tlv>', 'those that hold a TLV of this type, by number or name')
    .option('--producer <name>', 'those of this producer')
    .option('--grep <pattern>', 'those whose line this regular expression finds')
    .option('--min-size <bytes>', 'those of at least so many bytes')
    .option('--json', 'print NDJSON')
    .addHelpText(
      'after',
      '\nExamples:\n  apbus tail market_data -f --type Quote\n  apbus tail orders --from 5m --json | jq .tlvs\n',
    )
    .action(async (channel: string, options: TailOptions) => finish(await tail(channel, options, output)));
}

/** `apbus tail` */
export async function tail(channel: string, options: TailOptions, output: Output): Promise<ExitCode> {
  const isShown = messageFilter(options);
  const follows = options.follow === true;
  const from = parsePlace(options.from ?? (follows ? 'latest' : 'oldest'), '--from', systemWallClock.nowMs());
  let left = options.lines === undefined ? Infinity : parseCount(options.lines, '--lines');
  const segment = await openToLook(channel, options);
  try {
    const observer = new RingObserver(segment, ({ sequence, lost, reason }) =>
      output.message(`apbus: ${lost} messages from sequence ${sequence} on are missing: ${reason}\n`),
    );
    observer.moveTo(from);
    await untilTold(async (told) => {
      while (left > 0 && !told.aborted) {
        const read = observer.poll((message) => {
          if (left === 0) return;
          const found = messageJson(message, producerName(segment, message.producerId));
          if (!isShown(found)) return;
          left -= 1;
          output.data(options.json ? `${JSON.stringify(found)}\n` : messageLine(found));
        }, BURST);
        if (read === 0 && !follows) break;
        await pause(read === 0 ? LOOK_MS : 0, told);
      }
    });
    return ExitCode.OK;
  } finally {
    segment.close();
  }
}

/** The service that has, or had last, a producer's slot. */
function producerName({ control }: Segment, slot: number): string {
  if (slot < 0 || slot >= PRODUCER_SLOTS) return String(slot);
  return nameAt(control.view, producerSlotOffset(slot) + PRODUCER_SLOT.at.name) || String(slot);
}
