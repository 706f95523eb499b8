import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { BusError } from '../platform/bus-error.js';
import { packageFile } from '../platform/package-files.js';
import { COMMANDS, commandAskedFor, type CommandName } from './commands.js';
import { EXIT_CODES_HELP, ExitCode, exitCodeOf } from './exit-code.js';
import type { Output } from './output.js';

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
    if (BusError.is(error)) {
      output.message(`apbus: ${error.message} (${error.code})\n`);
      return exitCodeOf(error);
    }
    // what the system refuses is no bug; its message says which path
    if (!isOfSystem(error)) throw error;
    output.message(`apbus: ${error.message}\n`);
    return ExitCode.FAILED;
  }
}

function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'errno' in error;
}

/** With `only` that command, or with all. */
async function createProgram(
  only: CommandName | undefined,
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
      if (only === undefined || only === command) (await COMMANDS[command]())(program, output, finish);
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
const GROUPS: readonly (readonly [heading: string, commands: readonly CommandName[]])[] = [
  [BEGIN, ['init', 'check', 'run', 'doctor', 'completion']],
  [
    'To look, without disturbing anyone:',
    ['ls', 'ps', 'health', 'stat', 'top', 'dashboard', 'tail', 'trace', 'endpoints', 'serve', 'capture'],
  ],
  ['To act:', ['start', 'stop', 'restart', 'pub', 'rm', 'quarantine', 'bench', 'torture']],
  ['Journals:', ['record', 'replay', 'dump', 'verify']],
];

function version(): string {
  const text = readFileSync(packageFile('package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
