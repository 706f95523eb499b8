import type { Command } from 'commander';
import { BusError } from '../../platform/bus-error.js';
import { askSupervisor, type ServiceStatus } from '../../supervisor/index.js';
import { ExitCode } from '../exit-code.js';
import { findChannels, type LookOptions } from '../look/found-channels.js';
import type { Output } from '../output.js';

interface ActOptions extends LookOptions {
  readonly all?: true;
  readonly wait: boolean;
  readonly json?: true;
}

type Action = 'start' | 'stop' | 'restart';

export function addStart(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  const description =
    'starts services of a supervisor that runs, each after those before it, and waits until they are ready';
  act('start', program.command('start <services...>'), description, output, finish).addHelpText(
    'after',
    '\nExamples:\n  apbus start gateway\n  apbus start risk gateway --no-wait',
  );
}

export function addStop(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  const description = 'ends services of a supervisor that runs, those that start last first; they stay ended';
  act('stop', program.command('stop [services...]'), description, output, finish)
    .option('--all', 'all of them, and the supervisor')
    .addHelpText('after', '\nExamples:\n  apbus stop gateway\n  apbus stop --all');
}

export function addRestart(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  const description = 'ends services and starts them again, one after the other, each when the one before is ready';
  act('restart', program.command('restart <services...>'), description, output, finish).addHelpText(
    'after',
    '\nExamples:\n  apbus restart gateway\n  apbus restart risk gateway --json',
  );
}

function act(
  action: Action,
  command: Command,
  description: string,
  output: Output,
  finish: (code: ExitCode) => void,
): Command {
  return command
    .description(description)
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--no-wait', 'only ask for it')
    .option('--json', 'print NDJSON: a line for each service, as ps does')
    .action(async (services: string[], options: ActOptions) => finish(await ask(action, services, options, output)));
}

async function ask(
  command: Action,
  services: readonly string[],
  { all: isAll, wait, json, ...where }: ActOptions,
  output: Output,
): Promise<ExitCode> {
  const all = isAll === true;
  if (command === 'stop' && all === services.length > 0)
    throw new BusError('ERR_INVALID_ARGUMENT', 'name the services to end, or say --all');
  const { directory } = await findChannels(where);
  let isDone = true;
  const onService = (status: ServiceStatus): void => {
    if (wait && !isAsAsked(command, status)) isDone = false;
    if (json === true) output.data(`${JSON.stringify(status)}\n`);
    else output.message(`${status.service}: ${wait ? outcome(command, status) : `asked to ${command}`}\n`);
  };
  await askSupervisor(directory, { command, services: [...new Set(services)], all, wait, onService });
  return isDone ? ExitCode.OK : ExitCode.FAILED;
}

/** A service that ends by itself, and well, has been started. */
function isAsAsked(command: Action, { state, lastExit }: ServiceStatus): boolean {
  if (command === 'stop') return state === 'stopped' || state === 'failed';
  return state === 'ready' || (state === 'stopped' && lastExit === 'exit code 0');
}

/** How a service stands when the supervisor has done what was asked. */
function outcome(command: Action, { state, pid, late, lastExit }: ServiceStatus): string {
  const last = lastExit === undefined ? '' : `, last exit: ${lastExit}`;
  if (state === 'ready') return `ready, process ${pid}`;
  if (late) return `process ${pid} is not attached in time, and goes on; the output of apbus run says what is missing`;
  if (state === 'failed' && command !== 'stop') return `given up: it ended too often${last}`;
  return `${state}${last}`;
}
