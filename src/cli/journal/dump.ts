import type { Command } from 'commander';
import { JournalReader } from '../../journal/index.js';
import { PRODUCER_SLOTS } from '../../layout/schema.js';
import { systemWallClock } from '../../platform/clock.js';
import { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { pause } from '../pause.js';
import { parseCount, parsePlace, parseWhole, type Place } from '../place.js';
import { untilTold } from '../signals.js';
import { messageFilter, type FilterOptions } from '../tail/message-filter.js';
import { messageJson, type MessageJson } from '../tail/message-text.js';
import { addFormatOptions, messageWriter, type FormatOptions } from '../tail/message-writer.js';
import { journalFolder } from './journal-place.js';

export interface DumpOptions extends FilterOptions, FormatOptions {
  readonly config?: string;
  readonly from?: string;
  readonly to?: string;
  readonly lines?: string;
}

const BURST = 1024;

export function addDump(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  const command = program
    .command('dump <journal>')
    .description('prints the messages of a journal, decoded: of a folder, or of a recorded channel')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
    .option('--from <place>', 'oldest, a sequence, a time, or a span: 5m (default: oldest)')
    .option('--to <place>', 'up to and without this sequence or time')
    .option('-n, --lines <count>', 'end after so many messages')
    .option('--type <tlv>', 'those that hold a TLV of this type, by number or name')
    .option('--producer <slot>', 'those of the producer in this slot')
    .option('--grep <pattern>', 'those whose line this regular expression finds')
    .option('--min-size <bytes>', 'those of at least so many bytes');
  addFormatOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  apbus dump execution_results --from 10m\n  apbus dump ./journal/orders --json',
    )
    .action(async (journal: string, options: DumpOptions) => finish(await dump(journal, options, output)));
}

/** `apbus dump` */
export async function dump(journal: string, options: DumpOptions, output: Output): Promise<ExitCode> {
  // a journal does not know its producers by name
  if (options.producer !== undefined) parseWhole(options.producer, '--producer', 0, PRODUCER_SLOTS - 1);
  const isShown = messageFilter(options);
  const nowMs = systemWallClock.nowMs();
  const from = parsePlace(options.from ?? 'oldest', '--from', nowMs, ['oldest']);
  const isBefore = before(options.to === undefined ? undefined : parsePlace(options.to, '--to', nowMs, []));
  const write = messageWriter(options, output);
  let left = options.lines === undefined ? Infinity : parseCount(options.lines, '--lines');
  const reader = JournalReader.open(await journalFolder(journal, options.config), {
    onGap: ({ sequence, lost, reason }) =>
      output.message(`apbus: ${lost} messages from sequence ${sequence} on are missing: ${reason}\n`),
    onDamage: ({ file, offset, bytes, what }) =>
      output.message(`apbus: ${file}: ${bytes} bytes at ${offset} are damaged (${what}); apbus verify says more\n`),
  });
  try {
    if (typeof from === 'object') reader.seek(from);
    await untilTold(async (told) => {
      while (left > 0 && !told.aborted) {
        const read = reader.poll((message) => {
          const found = messageJson(message, String(message.producerId));
          if (!isBefore(found)) left = 0;
          if (left === 0 || !isShown(found)) return;
          left -= 1;
          write(found, message.bytes);
        }, BURST);
        if (read === 0) break;
        await pause(0, told);
      }
    });
  } finally {
    reader.close();
  }
  return reader.lost === 0 ? ExitCode.OK : ExitCode.FAILED;
}

/** Whether a message lies before a place. */
function before(to: Place | undefined): (message: MessageJson) => boolean {
  if (typeof to !== 'object') return () => true;
  if ('sequence' in to) return ({ sequence }) => sequence < to.sequence;
  return ({ receivedNs }) => BigInt(receivedNs) < to.timeNs;
}
