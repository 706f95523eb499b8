import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { BusError } from '../platform/bus-error.js';
import { packageFile } from '../platform/package-files.js';
import { commandAskedFor, LATE, type AddCommand } from './commands.js';
import type { DoctorOptions } from './doctor/doctor.js';
import { EXIT_CODES_HELP, ExitCode, exitCodeOf } from './exit-code.js';
import type { Output } from './output.js';
import type { QuarantineOptions } from './quarantine.js';
import type { TortureArguments } from './torture/options.js';

/** Runs `apbus` with the arguments that follow its name. Answers the exit code; throws only for bugs of its own. */
export async function runCommand(args: readonly string[], output: Output): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.OK;
  const program = await createProgram(commandAskedFor(args), output, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // help and version end here too, with code 0
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    if (!BusError.is(error)) throw error;
    output.message(`apbus: ${error.message} (${error.code})\n`);
    return exitCodeOf(error);
  }
}

/** With `only` of those that are loaded late, or with all. */
async function createProgram(
  only: keyof typeof LATE | undefined,
  output: Output,
  finish: (code: ExitCode) => void,
): Promise<Command> {
  const program = new Command('apbus')
    .description(
      'Operates an alphapulse-bus: prepares and checks it, runs its services, looks at its channels, writes, and replays.',
    )
    .version(version())
    .addHelpText('after', `${EXAMPLES}${EXIT_CODES_HELP}`)
    .configureOutput({ writeOut: output.data, writeErr: output.message })
    .showHelpAfterError('(apbus --help says more)')
    .exitOverride();

  for (const [heading, commands] of GROUPS) {
    // subcommands take the heading that is set when they are made
    program.commandsGroup(heading);
    for (const command of commands) {
      if (typeof command === 'function') command(program, output, finish);
      else if (only === undefined || only === command) (await LATE[command]())(program, output, finish);
    }
  }
  program.commandsGroup(BEGIN).helpCommand('help [command]', 'says all of one command, with examples');
  return program;
}

const EXAMPLES = `
Examples:
  apbus init demo
  apbus tail market_data --follow
  apbus replay execution_results --from 5m

apbus COMMAND --help has examples of each.
`;

const BEGIN = 'To begin:';

/** In the order of the help. */
const GROUPS: readonly (readonly [heading: string, commands: readonly (AddCommand | keyof typeof LATE)[]])[] = [
  [BEGIN, ['init', 'check', 'run', addDoctor, 'completion']],
  [
    'To look, without disturbing anyone:',
    ['ls', 'ps', 'health', 'stat', 'top', 'dashboard', 'tail', 'trace', addEndpoints, 'serve', 'capture'],
  ],
  ['To act:', ['start', 'stop', 'restart', 'pub', 'rm', addQuarantine, 'bench', addTorture]],
  ['Journals:', ['record', 'replay', 'dump', 'verify']],
];

function addDoctor(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('doctor')
    .description('checks this machine, each finding with what to do about it')
    .option('-c, --config <file>', 'also check the directory and the space that this configuration needs')
    .option('--directory <path>', 'look at this directory for segments')
    .option('--clear', 'remove segments and files that no process has open, with the messages that are in them')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus doctor\n  apbus doctor -c config/message_bus.toml --clear')
    .action(async (options: DoctorOptions) =>
      finish(await (await import('./doctor/doctor.js')).runDoctor(options, output)),
    );
}

function addEndpoints(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('endpoints [channel]')
    .description('lists the producers and consumers of the channels, and how each is doing')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus endpoints\n  apbus endpoints market_data --json')
    .action(async (channel: string | undefined, options: { config?: string; json?: true }) =>
      finish(await (await import('./endpoints.js')).listEndpoints(channel, options, output)),
    );
}

function addQuarantine(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  const quarantine = program
    .command('quarantine')
    .description('messages that consumers have set aside because they failed at them again and again')
    .addHelpText(
      'after',
      '\nExamples:\n  apbus quarantine list\n  apbus quarantine show orders engine 4711\n  apbus quarantine redeliver orders engine',
    );
  const subcommand = (name: string, description: string): Command =>
    quarantine
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
      .option('--json', 'print one JSON document');

  subcommand('list [channel]', 'lists them').action(async (channel: string | undefined, options: QuarantineOptions) =>
    finish(await (await import('./quarantine.js')).listQuarantine(channel, options, output)),
  );
  subcommand('show <channel> <consumer> <sequence>', 'shows one, byte by byte').action(
    async (channel: string, consumer: string, sequence: string, options: QuarantineOptions) =>
      finish(await (await import('./quarantine.js')).showQuarantined(channel, consumer, sequence, options, output)),
  );
  subcommand('redeliver <channel> <consumer> [sequence]', 'hands one, or all, to their consumer again').action(
    async (channel: string, consumer: string, sequence: string | undefined, options: QuarantineOptions) =>
      finish(await (await import('./quarantine.js')).redeliver(channel, consumer, sequence, options, output)),
  );
  subcommand('drop <channel> <consumer> [sequence]', 'removes one, or all of that consumer, for good').action(
    async (channel: string, consumer: string, sequence: string | undefined, options: QuarantineOptions) =>
      finish(await (await import('./quarantine.js')).dropQuarantined(channel, consumer, sequence, options, output)),
  );
}

function addTorture(program: Command, output: Output, finish: (code: ExitCode) => void): void {
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
    .action(async (options: TortureArguments) =>
      finish(await (await import('./torture/torture.js')).torture(options, output)),
    );
}

function version(): string {
  const text = readFileSync(packageFile('package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
