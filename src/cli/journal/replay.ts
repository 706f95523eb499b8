import type { Command } from 'commander';
import { MessageBus } from '../../bus/message-bus.js';
import type { Message, Producer } from '../../channel/index.js';
import { BusError } from '../../platform/bus-error.js';
import { systemClock, systemWallClock } from '../../platform/clock.js';
import { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { pause } from '../pause.js';
import { parsePlace, type Place } from '../place.js';
import { untilTold } from '../signals.js';
import { messageJson, messageLine } from '../tail/message-text.js';
import { parseSpeed, ReplayPace } from './replay-pace.js';
import { replaySource, type ReplaySource } from './replay-source.js';

export interface ReplayOptions {
  readonly config?: string;
  readonly capture?: string;
  readonly from?: string;
  readonly to?: string;
  readonly speed?: string;
  readonly into?: string;
  readonly directory?: string;
  readonly json?: true;
}

const BURST = 1024;
/** The producer, and the consumers, of a channel that is made for a replay. */
const REPLAYER = 'replay';

export function addReplay(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('replay <journal>')
    .description(
      'plays the messages of a journal, or of a capture, again: into a channel of your own, or to the screen',
    )
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
    .option('--capture <file>', 'that channel of this capture, in the place of its journal')
    .option('--from <place>', 'oldest, a sequence, a time, or a span: 5m (default: oldest)')
    .option('--to <place>', 'up to and without this sequence or time')
    .option('--speed <factor>', '1: as it was, 10: ten times as fast, max: without waiting (default: 1)')
    .option('--into <channel>', 'write them to this channel, which is made for it, with one consumer: debugger')
    .option('--directory <path>', 'where that channel is made; needed with --into')
    .option('--json', 'print NDJSON: the messages, or with --into what was done')
    .addHelpText(
      'after',
      '\nExamples:\n  apbus replay execution_results --from 10m --speed 5\n' +
        '  apbus replay ./journal/orders --into orders --directory /dev/shm/debug --speed max\n' +
        '  apbus replay orders --capture incident.apcap --speed max --json\n' +
        '\nA program reads that channel with { service: "debugger" } and the same directory; start it first, or\n' +
        'with { from: "oldest" }. Messages keep their order and bytes; sequences and times are new.',
    )
    .action(async (journal: string, options: ReplayOptions) => finish(await replay(journal, options, output)));
}

/** `apbus replay` */
export async function replay(journal: string, options: ReplayOptions, output: Output): Promise<ExitCode> {
  const nowMs = systemWallClock.nowMs();
  const from = parsePlace(options.from ?? 'oldest', '--from', nowMs, ['oldest']);
  const to = options.to === undefined ? undefined : parsePlace(options.to, '--to', nowMs, []);
  const pace = new ReplayPace(parseSpeed(options.speed ?? '1'));
  const source = await replaySource(journal, options, ({ sequence, lost, reason }) =>
    output.message(`apbus: ${lost} messages from sequence ${sequence} on are missing: ${reason}\n`),
  );
  const target = await openTarget(options, source.capacity, source.messageSizeMax);
  try {
    if (typeof from === 'object') source.seek(from);
    const replayed = await play(source, to, pace, async (message, signal) => {
      // who reads there may stand at a breakpoint
      if (target !== undefined) await target.producer.writeAsync(message.bytes, { timeoutMs: Infinity, signal });
      else if (options.json) output.data(`${JSON.stringify(jsonOf(message))}\n`);
      else output.data(messageLine(jsonOf(message)));
    });
    if (target !== undefined) {
      if (options.json) output.data(`${JSON.stringify({ channel: options.into, replayed, missing: source.lost })}\n`);
      output.message(`apbus: ${replayed} messages replayed into channel ${options.into}\n`);
    }
    return source.lost === 0 ? ExitCode.OK : ExitCode.FAILED;
  } finally {
    source.close();
    await target?.bus.close();
  }
}

const jsonOf = (message: Message): ReturnType<typeof messageJson> => messageJson(message, String(message.producerId));

/** Hands the messages on, each when it is due, until it is told to end; how many. */
async function play(
  source: ReplaySource,
  to: Place | undefined,
  pace: ReplayPace,
  hand: (message: Message, told: AbortSignal) => Promise<void>,
): Promise<number> {
  let replayed = 0;
  await untilTold(async (told) => {
    for (;;) {
      const messages = source.next(BURST);
      if (messages.length === 0) return;
      for (const message of messages) {
        const waitMs = pace.waitMs(message.busReceivedNs, systemClock().monotonicNs() / 1e6);
        if (waitMs >= 1) await pause(waitMs, told);
        if (told.aborted || isAt(message, to)) return;
        await hand(message, told);
        replayed += 1;
      }
      await pause(0, told);
    }
  }).catch((error: unknown) => {
    if (!BusError.is(error, 'ERR_ABORTED')) throw error;
  });
  return replayed;
}

function isAt({ sequence, busReceivedNs }: Message, to: Place | undefined): boolean {
  if (typeof to !== 'object') return false;
  return 'sequence' in to ? sequence >= to.sequence : busReceivedNs >= to.timeNs;
}

interface Target {
  readonly bus: MessageBus;
  readonly producer: Producer;
}

/** The channel that is replayed into, made as large as the one that was recorded. */
async function openTarget(
  { into, directory }: ReplayOptions,
  bufferSize: number,
  messageSizeMax: number,
): Promise<Target | undefined> {
  if (into === undefined) return undefined;
  if (directory === undefined) {
    const why = 'a replay must not be mixed with what is live: give it a folder of its own with --directory';
    throw new BusError('ERR_INVALID_ARGUMENT', `--into ${into}: ${why}`);
  }
  const channel = { type: 'SPMC' as const, producer: REPLAYER, consumers: ['debugger'], bufferSize, messageSizeMax };
  const bus = await MessageBus.open({ service: REPLAYER, config: { channels: { [into]: channel } }, directory });
  return { bus, producer: bus.producer(into) };
}
