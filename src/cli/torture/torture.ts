import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { ExitCode } from '../exit-code.js';
import { formatJson, type Output } from '../output.js';
import { TortureUsage, readTortureOptions, type TortureArguments, type TortureOptions } from './options.js';
import { formatVerdict } from './report.js';
import { runTorture } from './run.js';
import { verdictOf } from './verdict.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function addTorture(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('torture')
    .description('kills processes that use channels of its own, again and again, and accounts for every message')
    .option('-d, --duration <time>', 'for how long: 60s, 10m, 2h (default: 60s; with --kills until they are done)')
    .option('-k, --kills <count>', 'until so many producers were killed')
    .option('--stops <count>', 'with --kills: and processes stopped and continued so many times')
    .option('-t, --types <list>', 'of SPSC,SPMC,MPSC,MPMC (default: all)')
    .option('-m, --mode <mode>', 'of the channels: BlockProducer, or DropOldest (default: BlockProducer)')
    .option('-s, --seed <number>', 'of what is decided by chance (default: a new one)')
    .option('--directory <path>', 'where to make the folder of this run (default: /dev/shm)')
    .option('--keep', 'leave that folder there')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus torture\n  apbus torture --kills 1000 --types MPSC,MPMC --seed 7')
    .action(async (options: TortureArguments) => finish(await torture(options, output)));
}

/**
 * `apbus torture`: kills and stops processes of channels of its own, at random and at labelled places, and checks that
 * every message is accounted for. Ctrl-C ends it early, with what there is by then.
 */
export async function torture(given: TortureArguments, output: Output): Promise<ExitCode> {
  const options = optionsOf(given, output);
  if (options === undefined) return ExitCode.USAGE;
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
  };
  for (const signal of STOP_SIGNALS) process.on(signal, interrupt);
  try {
    const names = options.scenarios.map(({ name }) => name).join(', ');
    output.message(`apbus: torturing ${names}, seed ${options.seed}; Ctrl-C ends it early\n`);
    const results = await runTorture(options, {
      isInterrupted: () => interrupted,
      finished: ({ scenario, kills, seconds, problems }) => {
        const found = problems.length === 0 ? 'all adds up' : `${problems.length} problems`;
        output.message(`apbus: ${scenario}: ${kills.total} kills in ${seconds.toFixed(1)} s, ${found}\n`);
      },
    });
    const verdict = verdictOf(results, options.seed, interrupted);
    output.data(given.json === true ? formatJson(verdict) : formatVerdict(verdict));
    return verdict.ok ? ExitCode.OK : ExitCode.FAILED;
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, interrupt);
  }
}

function optionsOf(given: TortureArguments, output: Output): TortureOptions | undefined {
  try {
    return readTortureOptions(given, randomInt(1, 2 ** 31));
  } catch (error) {
    if (!(error instanceof TortureUsage)) throw error;
    output.message(`apbus: ${error.message}\n`);
    return undefined;
  }
}
