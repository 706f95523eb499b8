import type { Command } from 'commander';
import { BusError } from '../../platform/bus-error.js';
import { systemClock, systemWallClock } from '../../platform/clock.js';
import { ExitCode } from '../exit-code.js';
import { jsonOf } from '../json.js';
import { expectDirectory, findChannels, type LookOptions } from '../look/found-channels.js';
import type { Output } from '../output.js';
import { pause } from '../pause.js';
import { untilTold } from '../signals.js';
import { SORTS, sortSamples, TopModel, type Sort, type TopLook } from './top-model.js';
import { drawTop } from './top-screen.js';

export interface TopOptions extends LookOptions {
  readonly interval?: string;
  readonly sort?: string;
  readonly channel?: string;
  readonly once?: true;
  readonly json?: true;
}

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const TO_LINE_END = '\u001b[K';
const TO_SCREEN_END = '\u001b[J';
const KEYS: Readonly<Record<string, Sort>> = { n: 'name', r: 'rate', l: 'lag', u: 'used' };

export function addTop(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('top')
    .description('shows the channels as they work: rates, use, lag, and who waits for whom')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--capture <file>', 'look at this capture in the place of a running bus: apbus capture makes them')
    .option('--interval <ms>', 'how often it looks (default: 500)')
    .option('--sort <key>', `by ${SORTS.join(', ')} (default: name)`)
    .option('--channel <text>', 'only channels whose name contains this')
    .option('--once', 'print one screen, and end')
    .option('--json', 'print NDJSON: one line for each look')
    .addHelpText('after', '\nExamples:\n  apbus top\n  apbus top --once --sort lag\n  apbus top --json --interval 1000')
    .action(async (options: TopOptions) => finish(await top(options, output)));
}

/** `apbus top` */
export async function top(options: TopOptions, output: Output): Promise<ExitCode> {
  const intervalMs = parseInterval(options.interval ?? '500');
  let sort = parseSort(options.sort ?? 'name');
  expectDirectory(options);
  const { directory } = await findChannels(options);
  using model = new TopModel(directory);
  let isWhole = true;
  const look = async (): Promise<TopLook> => {
    const { channels } = await findChannels(options);
    const names = channels.map(({ name }) => name).filter((name) => name.includes(options.channel ?? ''));
    const { samples, unusable } = model.sample(names, systemClock().monotonicNs() / 1e6);
    isWhole = unusable.length === 0;
    return { samples: sortSamples(samples, sort), unusable };
  };
  const isLive = options.once !== true && options.json !== true;
  if (options.once) {
    // two looks make a rate
    await look();
    await pause(intervalMs);
  }
  await untilTold(async (told) => {
    const quit = new AbortController();
    const over = AbortSignal.any([told, quit.signal]);
    const stopKeys = isLive ? onKeys((key) => (key === 'q' ? quit.abort() : (sort = KEYS[key] ?? sort))) : undefined;
    if (isLive) output.data(ENTER);
    try {
      do {
        const seen = await look();
        if (options.json) output.data(`${JSON.stringify(jsonOf(asJson(directory, seen)))}\n`);
        else output.data(screen(seen, options.capture ?? directory, sort, isLive));
        if (options.once) break;
        await pause(intervalMs, over);
      } while (!over.aborted);
    } finally {
      if (isLive) output.data(LEAVE);
      stopKeys?.();
    }
  });
  return options.once && !isWhole ? ExitCode.FAILED : ExitCode.OK;
}

function screen(seen: TopLook, directory: string, sort: Sort, isLive: boolean): string {
  const { isTTY, columns, rows } = process.stdout;
  const title = `apbus top  ${directory}  ${new Date(systemWallClock.nowMs()).toISOString().slice(11, 19)}`;
  const screenSize = isTTY ? { columns, rows } : { columns: 80, rows: 24 };
  const lines = drawTop(seen, title, sort, isLive ? screenSize : { columns: Infinity, rows: 10_000 });
  if (!isLive) return `${lines.slice(0, -1).join('\n')}\n`;
  return `${HOME}${lines.map((line) => `${line}${TO_LINE_END}`).join('\n')}${TO_SCREEN_END}`;
}

function asJson(directory: string, { samples, unusable }: TopLook): object {
  const time = new Date(systemWallClock.nowMs()).toISOString();
  const channels = samples.map(({ figures, messagesPerSecond, bytesPerSecond }) => ({
    ...figures,
    messagesPerSecond,
    bytesPerSecond,
  }));
  return { time, directory, channels, unusable };
}

/** Tells of keys as they are pressed, where there is a keyboard; answers how to end it. */
function onKeys(told: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => undefined;
  const listen = (bytes: Buffer): void => {
    // Ctrl-C is a key here, not a signal
    for (const key of bytes.toString()) told(key === '\u0003' ? 'q' : key);
  };
  stdin.setRawMode(true);
  stdin.on('data', listen);
  return () => {
    stdin.off('data', listen);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

function parseInterval(text: string): number {
  const ms = Number(text);
  if (Number.isInteger(ms) && ms >= 50 && ms <= 3_600_000) return ms;
  throw new BusError('ERR_INVALID_ARGUMENT', `--interval: found ${JSON.stringify(text)}, expected 50 to 3600000 ms`);
}

function parseSort(text: string): Sort {
  const sort = SORTS.find((candidate) => candidate === text);
  if (sort !== undefined) return sort;
  throw new BusError(
    'ERR_INVALID_ARGUMENT',
    `--sort: found ${JSON.stringify(text)}, expected one of ${SORTS.join(', ')}`,
  );
}
