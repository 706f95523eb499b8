import type { Command } from 'commander';
import { BusError } from '../../platform/bus-error.js';
import { systemClock, systemWallClock } from '../../platform/clock.js';
import { ExitCode } from '../exit-code.js';
import type { LookOptions } from '../look/found-channels.js';
import type { Output } from '../output.js';
import { pause } from '../pause.js';
import { untilTold } from '../signals.js';
import { LiveTop } from './live-top.js';
import { topJson } from './look/top-json.js';
import type { TopLook } from './look/top-model.js';
import { TopSource } from './look/top-source.js';
import { Terminal } from './terminal/terminal.js';
import { glyphsFor } from './view/charts.js';
import { SORTS } from './view/columns.js';
import { drawWhole } from './view/screen.js';
import { plainLine } from './view/styled-text.js';

export interface TopOptions extends LookOptions {
  readonly interval?: string;
  readonly sort?: string;
  readonly channel?: string;
  readonly once?: true;
  readonly json?: true;
}

/** Latencies on the screen are those of the last five to ten seconds. */
const RECENT_MS = 5000;
/** How long an end waits for a reader that stands still. */
const FAREWELL_MS = 300;

export function addTop(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('top')
    .description(
      'shows the channels as they work: rates, use, lag, latencies, and who waits for whom; ? lists its keys',
    )
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--capture <file>', 'look at this capture in the place of a running bus: apbus capture makes them')
    .option('--interval <ms>', 'how often it looks (default: 500)')
    .option('--sort <key>', `by ${SORTS.join(', ')} (default: name)`)
    .option('--channel <text>', 'only channels whose name contains this')
    .option('--once', 'look twice, one interval apart, print all, and end')
    .option('--json', 'print NDJSON: one line for each look')
    .addHelpText('after', '\nExamples:\n  apbus top\n  apbus top --once --sort lag\n  apbus top --json --interval 1000')
    .action(async (options: TopOptions) => finish(await top(options, output)));
}

/** `apbus top` */
export async function top(options: TopOptions, output: Output): Promise<ExitCode> {
  const intervalMs = parseInterval(options.interval ?? '500');
  const sort = parseSort(options.sort ?? 'name');
  const isScreen = options.once !== true && options.json !== true && Terminal.isThere();
  using source = await TopSource.open(options, isScreen ? RECENT_MS : 0, systemClock());
  const print = (seen: TopLook): void => {
    const time = new Date(systemWallClock.nowMs()).toISOString();
    if (options.json) return output.data(topJson(seen, source.directory, time, source.complaint));
    const { place, complaint } = source;
    const around = { place, complaint, time: time.slice(11, 19), glyphs: glyphsFor(process.env) };
    output.data(`${drawWhole(seen, sort, around).map(plainLine).join('\n')}\n`);
  };
  const part = options.channel ?? '';
  if (options.once) {
    // two looks make a rate
    await source.look(part);
    await pause(intervalMs);
    const seen = await source.look(part);
    print(seen);
    return seen.unusable.length === 0 ? ExitCode.OK : ExitCode.FAILED;
  }
  await untilTold(async (told) => {
    if (isScreen) {
      const common = { source, part, sort, intervalMs, output, clock: systemClock(), wallClock: systemWallClock };
      await new LiveTop({ ...common, glyphs: glyphsFor(process.env) }).run(told);
    } else await printOn(() => source.look(part), print, intervalMs, output, told);
    await sayFarewell(output);
  });
  return ExitCode.OK;
}

/** One after the other, until told to end. While nobody reads there are no looks, so that nothing piles up. */
async function printOn(
  look: () => Promise<TopLook>,
  print: (seen: TopLook) => void,
  intervalMs: number,
  { backlog }: Output,
  told: AbortSignal,
): Promise<void> {
  backlog?.begin();
  while (!told.aborted) {
    if ((backlog?.bytes('data') ?? 0) === 0) print(await look());
    await pause(intervalMs, told);
  }
}

/** Waits a moment until the last is read. A reader that stands still does not hold up the end. */
async function sayFarewell({ backlog }: Output): Promise<void> {
  for (let waitedMs = 0; waitedMs < FAREWELL_MS && backlog?.bytes('data'); waitedMs += 10) await pause(10);
  if (backlog?.bytes('data')) backlog.abandon(ExitCode.OK);
}

function parseInterval(text: string): number {
  const ms = Number(text);
  if (Number.isInteger(ms) && ms >= 50 && ms <= 3_600_000) return ms;
  throw new BusError('ERR_INVALID_ARGUMENT', `--interval: found ${JSON.stringify(text)}, expected 50 to 3600000 ms`);
}

function parseSort(text: string): string {
  if (SORTS.includes(text)) return text;
  throw new BusError(
    'ERR_INVALID_ARGUMENT',
    `--sort: found ${JSON.stringify(text)}, expected one of ${SORTS.join(', ')}`,
  );
}
