import type { Command } from 'commander';
import { BusError } from '../../platform/bus-error.js';
import { ExitCode } from '../exit-code.js';
import { findChannels } from '../look/found-channels.js';
import { statusOfServices } from '../services/ps.js';
import { formatJson, type Output } from '../output.js';
import { bashScript, fishScript, zshScript, type CompletedCommand, type CompletedNames } from './scripts.js';

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export function addCompletion(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('completion <shell>')
    .description('prints a script that completes commands, options, channels and services: for bash, zsh or fish')
    .option('--json', 'print what is completed as one JSON document')
    .addHelpText('after', '\nExamples:\n  source <(apbus completion bash)\n  apbus completion fish | source')
    .action(async (shell: string, options: { json?: true }) =>
      finish(await completion(shell, options.json === true, commandsOf(program), output)),
    );
}

/** `apbus completion`. The shells `channels` and `services` print their names: what the scripts ask for. */
async function completion(
  shell: string,
  json: boolean,
  commands: readonly CompletedCommand[],
  output: Output,
): Promise<ExitCode> {
  if (shell === 'channels') {
    const { channels } = await findChannels({});
    for (const { name } of channels) output.data(`${name}\n`);
    return ExitCode.OK;
  }
  if (shell === 'services') {
    for (const { service } of await statusOfServices({})) output.data(`${service}\n`);
    return ExitCode.OK;
  }
  if (!Object.hasOwn(SHELLS, shell)) {
    const expected = `one of ${Object.keys(SHELLS).join(', ')}`;
    throw new BusError('ERR_INVALID_ARGUMENT', `found shell ${JSON.stringify(shell)}, expected ${expected}`);
  }
  if (json) output.data(formatJson({ commands }));
  else output.data(SHELLS[shell as keyof typeof SHELLS](commands));
  return ExitCode.OK;
}

/** What there is to complete, from the program itself. */
function commandsOf(program: Command): CompletedCommand[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long])),
    takes: command.registeredArguments.flatMap((argument) => namesFor(argument.name()))[0],
    subcommands: commandsOf(command),
  }));
}

/** Whose names an argument takes. */
function namesFor(argument: string): CompletedNames[] {
  if (argument === 'services') return ['services'];
  return /^(channels?|journal)$/.test(argument) ? ['channels'] : [];
}
