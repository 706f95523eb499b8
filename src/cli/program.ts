import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { BusError } from '../platform/bus-error.js';
import { listChannels } from './channels.js';
import { runDoctor } from './doctor/doctor.js';
import { EXIT_CODES_HELP, ExitCode } from './exit-code.js';
import type { Output } from './output.js';

/** Runs `apbus` with the arguments that follow its name. Answers the exit code; throws only for bugs of its own. */
export async function runCommand(args: readonly string[], output: Output): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.OK;
  const program = createProgram(output, (code) => {
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
    return error.code === 'ERR_CONFIG' ? ExitCode.USAGE : ExitCode.FAILED;
  }
}

function createProgram(output: Output, finish: (code: ExitCode) => void): Command {
  const program = new Command('apbus')
    .description(
      'Looks at an alphapulse-bus from outside: whether this machine is fit for it, and which channels there are.',
    )
    .version(version())
    .addHelpText('after', EXIT_CODES_HELP)
    .configureOutput({ writeOut: output.data, writeErr: output.message })
    .showHelpAfterError('(apbus --help says more)')
    .exitOverride();

  program
    .command('doctor')
    .description('checks this machine, each finding with what to do about it')
    .option('-c, --config <file>', 'also check the directory and the space that this configuration needs')
    .option('--json', 'print one JSON document')
    .action(async (options: { config?: string; json?: true }) => finish(await runDoctor(options, output)));

  program
    .command('channels')
    .description('lists the channels of a configuration, and the segments that are there')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
    .option('--json', 'print one JSON document')
    .action(async (options: { config?: string; json?: true }) => finish(await listChannels(options, output)));

  return program;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
