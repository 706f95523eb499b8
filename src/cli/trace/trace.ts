import type { Command } from 'commander';
import { BusError } from '../../platform/bus-error.js';
import { systemWallClock } from '../../platform/clock.js';
import { MessageReader } from '../../protocol/index.js';
import { ExitCode } from '../exit-code.js';
import { expectDirectory, findChannels, type Found, type LookOptions } from '../look/found-channels.js';
import { unknownChannel } from '../look/unknown-channel.js';
import { formatJson, type Output } from '../output.js';
import { parseCount, parsePlace } from '../place.js';
import { untilTold } from '../signals.js';
import { JournalScan, recordedLives } from './journal-scan.js';
import { openRing, type MessageLook, type SearchStart } from './ring-scan.js';
import { followChannels } from './follow.js';
import { inOrder } from './hop.js';
import { ChannelScans, type ScanLosses } from './scans.js';
import { readTrace, TraceSearch } from './trace-search.js';
import { parseTraceTarget, type TraceTarget } from './trace-target.js';
import { HopPrinter } from './hop-printer.js';
import { summaryText, timeline, timelineText } from './trace-text.js';

export interface TraceOptions extends LookOptions {
  readonly from?: string;
  readonly limit?: string;
  readonly json?: true;
  readonly follow?: true;
}

/** Messages that are kept; a trace has a few, so that more means that ids are not what they should be. */
const LIMIT = 1000;
const LIMIT_MAX = 100_000;

export function addTrace(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('trace')
    .description(
      'shows the way of one message through the channels: in their rings, and in the journals of those recorded',
    )
    .argument('<id>', 'a trace id of 32 or 16 hexadecimal digits, or a message: CHANNEL/SEQUENCE', parseTraceTarget)
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--capture <file>', 'look at this capture in the place of a running bus: apbus capture makes them')
    .option('--from <time>', 'look at messages from then on only: a time, or a span: 5m')
    .option('--limit <count>', `show so many messages at most (default: ${LIMIT})`)
    .option('-f, --follow', 'go on with the messages that are written from now on, until it is told to end')
    .option('--json', 'print one JSON document; with --follow NDJSON')
    .addHelpText(
      'after',
      '\nExamples:\n  apbus trace 4bf92f3577b34da6a3ce929d0e0e4736\n  apbus trace market_data/4711 --from 5m --json',
    )
    .action(async (target: TraceTarget, options: TraceOptions) => finish(await trace(target, options, output)));
}

/** `apbus trace` */
export async function trace(target: TraceTarget, options: TraceOptions, output: Output): Promise<ExitCode> {
  const from = startOf(options.from);
  const limit = limitOf(options.limit);
  expectDirectory(options);
  const found = await findChannels(options);
  const traceId = 'traceId' in target ? target.traceId : traceOf(target, found);
  const search = new TraceSearch(traceId, limit);
  const look: MessageLook = (message, place, producer) => void search.look(message, place, producer);
  const losses = await untilTold(async (told) => {
    const scans = new ChannelScans(found, from, told);
    await scans.all(look, () => search.isFull);
    if (options.follow)
      await follow(new HopPrinter(output, options.json), search, () => findChannels(options), scans, told);
    return scans.losses;
  });
  tell(search, losses, limit, output);
  if (options.json && !options.follow) output.data(formatJson(document(traceId, search, losses)));
  if (search.count === 0) {
    const looked = `${found.channels.length} channel${found.channels.length === 1 ? '' : 's'} in ${found.directory}`;
    output.message(`apbus: no message of trace ${traceId} in ${looked}; it may have been overwritten, or never sent\n`);
    return ExitCode.FAILED;
  }
  if (!options.json && !options.follow)
    output.data(`${summaryText(traceId, search.found)}\n${timelineText(search.found)}`);
  return ExitCode.OK;
}

/** Prints what was found, and what is found from now on, until there is too much or it is told to end. */
async function follow(
  printer: HopPrinter,
  search: TraceSearch,
  find: () => Promise<Found>,
  { losses, ends }: ChannelScans,
  told: AbortSignal,
): Promise<void> {
  for (const hop of inOrder(search.found)) printer.print(hop);
  await followChannels({
    find,
    ends,
    told,
    losses,
    isEnough: () => search.isFull,
    look: (message, place, producer) => {
      const hop = search.look(message, place, producer);
      if (hop !== undefined) printer.print(hop);
    },
  });
}

function document(traceId: string, { found, isFull, damaged }: TraceSearch, losses: ScanLosses): object {
  const { overwritten, damagedPlaces, unreadable } = losses;
  return { traceId, messages: timeline(found), limitReached: isFull, damaged, damagedPlaces, overwritten, unreadable };
}

/** What of the search is not as it should be. */
function tell({ isFull, damaged }: TraceSearch, losses: ScanLosses, limit: number, output: Output): void {
  const say = (what: string): void => output.message(`apbus: ${what}\n`);
  for (const { channel, why } of losses.unreadable) say(`channel ${channel} cannot be read: ${why}`);
  if (losses.overwritten > 0)
    say(`messages that were overwritten before they could be looked at: ${losses.overwritten}`);
  if (damaged > 0) say(`damaged messages, which were left out: ${damaged}`);
  if (losses.damagedPlaces > 0)
    say(`damaged places of journals, which were left out: ${losses.damagedPlaces}; apbus verify says more`);
  if (isFull) say(`there are more messages than ${limit}, where the search ended: --limit, --from`);
}

/** The trace of a message that is named by its place. @throws BusError when it is not there, or carries none */
function traceOf({ channel, sequence }: { channel: string; sequence: number }, found: Found): string {
  const known = found.channels.find(({ name }) => name === channel);
  if (known === undefined) {
    const names = found.channels.map(({ name }) => name);
    throw unknownChannel(channel, names, `in ${found.directory}`);
  }
  const reader = new MessageReader();
  let carried: ReturnType<typeof readTrace>;
  const look = (message: Parameters<typeof readTrace>[0]): void => void (carried = readTrace(message, reader));
  const ring = openRing(found.directory, channel, 'oldest');
  let isThere = ring?.lookAt(sequence, look) ?? false;
  ring?.close();
  const folder = known.configured?.persistence?.directory;
  for (const lifeNs of folder === undefined ? [] : recordedLives(channel, folder)) {
    if (isThere) break;
    const journal = new JournalScan(channel, folder!, lifeNs, 'oldest');
    isThere = journal.lookAt(sequence, look);
    journal.close();
  }
  const what = `message ${sequence} of channel ${channel}`;
  if (!isThere) throw new BusError('ERR_INVALID_ARGUMENT', `${what} is not there: overwritten, or not written yet`);
  if (carried === 'damaged') throw new BusError('ERR_CORRUPT', `${what} is damaged`, { channel });
  if (carried === undefined) throw new BusError('ERR_INVALID_ARGUMENT', `${what} carries no trace context`);
  return carried.context.traceId;
}

function startOf(text: string | undefined): SearchStart {
  if (text === undefined) return 'oldest';
  const place = parsePlace(text, '--from', systemWallClock.nowMs());
  if (typeof place === 'object' && 'timeNs' in place) return place;
  const expected = 'a time such as 2026-11-25T09:30:00Z, or a span such as 5m';
  throw new BusError('ERR_INVALID_ARGUMENT', `--from: found ${JSON.stringify(text)}, expected ${expected}`);
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? LIMIT : parseCount(text, '--limit');
  if (limit <= LIMIT_MAX) return limit;
  throw new BusError('ERR_INVALID_ARGUMENT', `--limit: found ${limit}, expected at most ${LIMIT_MAX}`);
}
