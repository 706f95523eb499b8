import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Command } from 'commander';
import { loadConfig } from '../../bus/config/index.js';
import { MessageBus } from '../../bus/message-bus.js';
import { BusError } from '../../platform/bus-error.js';
import { systemClock, systemWallClock } from '../../platform/clock.js';
import { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { pause } from '../pause.js';
import { parseCount } from '../place.js';
import { untilTold } from '../signals.js';
import { LineError, lineMessage, type LineForm } from './line-message.js';

export interface PubOptions {
  readonly config?: string;
  readonly directory?: string;
  readonly service?: string;
  readonly hex?: true;
  readonly ndjson?: true;
  readonly csv?: string;
  readonly input?: string;
  readonly rate?: string;
  readonly count?: string;
  readonly skipBad?: true;
  readonly json?: true;
}

export function addPub(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('pub <channel>')
    .description('writes messages to a channel: the lines of standard input, or of a file')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--service <name>', "the producer to be (default: the channel's first one)")
    .option('--hex', 'lines are bytes in hex')
    .option('--ndjson', 'lines are JSON: {"text":...}, {"hex":...}, {"base64":...} or a TLV {"type":"Quote",...}')
    .option('--csv <form>', 'lines are columns; the one form is quotes: ask x 10,000, size, bid x 10,000, size')
    .option('--input <file>', 'read this file, gzip or not, instead of standard input')
    .option('--rate <number>', 'so many messages a second (default: as fast as the channel takes them)')
    .option('-n, --count <count>', 'end after so many messages')
    .option('--skip-bad', 'skip lines that are no message, and say so, instead of ending there')
    .option('--json', 'print a summary as one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  echo hello | apbus pub ticks\n  apbus pub market_data --csv quotes --input quotes.csv.gz --rate 1000',
    )
    .action(async (channel: string, options: PubOptions) => finish(await pub(channel, options, output)));
}

interface Tally {
  written: number;
  dropped: number;
  bad: number;
}

/** `apbus pub`; `source` is standard input but for tests. */
export async function pub(
  channel: string,
  options: PubOptions,
  output: Output,
  source: Readable = process.stdin,
): Promise<ExitCode> {
  const form = formOf(options);
  const rate = options.rate === undefined ? Infinity : parseRate(options.rate);
  const count = options.count === undefined ? Infinity : parseCount(options.count, '--count');
  const service = options.service ?? (await firstProducer(channel, options.config));
  const place = options.directory === undefined ? {} : { directory: options.directory };
  const config = options.config === undefined ? {} : { config: options.config };
  const bus = await MessageBus.open({ service, ...config, ...place });
  const tally: Tally = { written: 0, dropped: 0, bad: 0 };
  try {
    const producer = bus.producer(channel);
    const startMs = systemClock().monotonicNs() / 1e6;
    const publish = async (lines: AsyncIterable<string>, told: AbortSignal): Promise<void> => {
      let number = 0;
      for await (const line of lines) {
        number += 1;
        const message = line === '' ? undefined : messageOf(line, number, form, options, tally, output);
        if (message === undefined) continue;
        const aheadMs = startMs + ((tally.written + tally.dropped) * 1000) / rate - systemClock().monotonicNs() / 1e6;
        if (aheadMs >= 1) await pause(aheadMs, told);
        try {
          if ((await producer.writeAsync(message, { signal: told })) >= 0) tally.written += 1;
          else tally.dropped += 1;
        } catch (error) {
          if (!isOfItsSize(error)) throw error;
          refuse(number, error, options, tally, output);
        }
        if (told.aborted || tally.written + tally.dropped >= count) break;
      }
    };
    await untilTold(async (told) => {
      const input = await inputOf(options.input, source);
      let failure: Error | undefined;
      input.once('error', (error) => (failure = error));
      const lines = createInterface({ input, crlfDelay: Infinity });
      told.addEventListener('abort', () => lines.close());
      try {
        await publish(lines, told);
      } catch (error) {
        throw failure !== undefined && error === failure ? unreadable(failure) : error;
      } finally {
        // an input that goes on would keep the process alive
        input.destroy();
      }
    }).catch((error: unknown) => {
      if (!BusError.is(error, 'ERR_ABORTED')) throw error;
    });
  } finally {
    await bus.close();
    if (options.json) output.data(`${JSON.stringify({ channel, service, ...tally })}\n`);
    else output.message(`apbus: ${tally.written} messages written to ${channel}${others(tally)}\n`);
  }
  return tally.bad === 0 ? ExitCode.OK : ExitCode.FAILED;
}

function messageOf(
  line: string,
  number: number,
  form: LineForm,
  options: PubOptions,
  tally: Tally,
  output: Output,
): Uint8Array | undefined {
  try {
    return lineMessage(line, form, BigInt(systemWallClock.nowMs()) * 1_000_000n);
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    refuse(number, error, options, tally, output);
    return undefined;
  }
}

/** The channel takes no message of that length. */
function isOfItsSize(error: unknown): error is BusError {
  return BusError.is(error, 'ERR_MESSAGE_TOO_LARGE') || BusError.is(error, 'ERR_MESSAGE_EMPTY');
}

/** Ends at a line that is no message, with its number, or steps over it. */
function refuse(number: number, cause: Error, { skipBad }: PubOptions, tally: Tally, output: Output): void {
  const what = `line ${number}: ${cause.message}`;
  if (skipBad !== true) throw new BusError(BusError.is(cause) ? cause.code : 'ERR_INVALID_ARGUMENT', what, { cause });
  tally.bad += 1;
  output.message(`apbus: ${what}; skipped\n`);
}

function others({ dropped, bad }: Tally): string {
  return `${dropped > 0 ? `, ${dropped} dropped` : ''}${bad > 0 ? `, ${bad} lines skipped` : ''}`;
}

function formOf({ hex, ndjson, csv }: PubOptions): LineForm {
  if ([hex, ndjson, csv].filter((one) => one !== undefined).length > 1)
    throw new BusError('ERR_INVALID_ARGUMENT', 'found several of --hex, --ndjson and --csv, expected one');
  if (csv !== undefined && csv !== 'quotes')
    throw new BusError('ERR_INVALID_ARGUMENT', `--csv: found ${JSON.stringify(csv)}, expected quotes`);
  if (csv !== undefined) return 'quotes';
  if (ndjson) return 'json';
  return hex ? 'hex' : 'text';
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (rate > 0 && rate <= 1e9) return rate;
  throw new BusError(
    'ERR_INVALID_ARGUMENT',
    `--rate: found ${JSON.stringify(text)}, expected messages a second, above 0`,
  );
}

async function firstProducer(channel: string, config: string | undefined): Promise<string> {
  const { channels } = await loadConfig(config);
  const [producer] = channels.get(channel)?.producers ?? [];
  if (producer !== undefined) return producer;
  const known = [...channels.keys()].join(', ');
  throw new BusError('ERR_UNKNOWN_CHANNEL', `no channel "${channel}" is configured; there are: ${known}`, { channel });
}

/** A gzip file is known by its first two bytes, whatever its name. */
async function inputOf(path: string | undefined, source: Readable): Promise<Readable> {
  if (path === undefined) return source;
  const isGzip = await new Promise<boolean>((resolve, reject) => {
    const probe = createReadStream(path, { end: 1 });
    probe.once('error', (error) => reject(unreadable(error)));
    probe.once('data', (bytes) => resolve(Buffer.from(bytes).equals(Buffer.from([0x1f, 0x8b]))));
    probe.once('end', () => resolve(false));
  });
  const file = createReadStream(path);
  if (!isGzip) return file;
  const unpacked = createGunzip();
  file.once('error', (error) => unpacked.destroy(error));
  return file.pipe(unpacked);
}

function unreadable(error: Error): BusError {
  return new BusError('ERR_INVALID_ARGUMENT', `--input: ${error.message}`, { cause: error });
}
