import type { Command } from 'commander';
import { BusError } from '../../platform/bus-error.js';
import { Supervisor } from '../../supervisor/index.js';
import { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import type { RunHealth } from './run-health.js';
import { RunLog } from './run-log.js';

export interface RunOptions {
  readonly config?: string;
  readonly directory?: string;
  readonly standby?: true;
  readonly json?: true;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function addRun(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('run [config]')
    .description('runs the services of a configuration, and starts again those that end')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--standby', 'wait while another supervisor leads there')
    .option('--json', 'print NDJSON: what services write, and what happens to them')
    .addHelpText(
      'after',
      '\nExamples:\n  apbus run\n  apbus run trading.toml --json | grep restarting\n' +
        '\nCtrl-C, SIGTERM and SIGHUP end all services in order, and so does the end of what reads\nthe output; a second Ctrl-C or SIGTERM kills them.',
    )
    .action(async (config: string | undefined, options: RunOptions) =>
      finish(await run({ ...options, ...(config !== undefined && { config }) }, output)),
    );
}

/** `apbus run`: ends when it is told to, or when no service runs any more. */
export async function run({ config, directory, standby, json }: RunOptions, output: Output): Promise<ExitCode> {
  const options = {
    ...(config !== undefined && { config }),
    ...(directory !== undefined && { directory }),
    standby: standby === true,
  };
  const supervisor = await Supervisor.open(options);
  const log = new RunLog(
    supervisor.status().map(({ service }) => service),
    output,
    json === true,
  );
  supervisor.on('line', (line) => log.line(line));
  supervisor.on('service', (event) => log.event(event));
  let isEnding = false;
  let wasTold = false;
  let health: RunHealth | undefined;
  const end = (reason: string): void => {
    health?.rest();
    if (!isEnding) void supervisor.stop(reason);
    isEnding = true;
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    // a terminal that is closed may say so twice, and nobody has asked for more
    if (wasTold && signal !== 'SIGHUP') supervisor.kill();
    wasTold = true;
    end(signal);
  };
  // of `apbus run | tee log` Ctrl-C ends both: the services are to end in order all the same
  output.backlog?.whenGone((stream) => {
    if (stream === 'data') end('nobody reads what is printed any more');
  });
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  // in whatever way the command ends, no service runs on that nobody watches
  const onExit = (): void => supervisor.kill();
  process.on('exit', onExit);
  try {
    await supervisor.start();
    // of the leader alone
    health = await healthOf(supervisor, (message) => log.notice(message));
    await supervisor.ended;
    const isFailed = supervisor.status().some(({ state }) => state === 'failed');
    health?.rest();
    await supervisor.stop();
    await health?.end();
    const code = isFailed ? ExitCode.FAILED : ExitCode.OK;
    // a reader that stands still does not keep it from its end
    if (!(await log.end())) output.backlog?.abandon(code);
    return code;
  } catch (error) {
    if (isEnding && BusError.is(error, 'ERR_ABORTED')) return ExitCode.OK;
    supervisor.kill();
    throw error;
  } finally {
    health?.rest();
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
    process.off('exit', onExit);
  }
}

/** Undefined, and nothing of it is loaded, where the configuration has no consequences of findings. */
async function healthOf(supervisor: Supervisor, say: (message: string) => void): Promise<RunHealth | undefined> {
  const { config, directory } = supervisor;
  const { alert, capture } = config.health;
  if (alert === undefined && capture === undefined) return undefined;
  const health = new (await import('./run-health.js')).RunHealth(config, directory, say);
  supervisor.on('service', ({ event }) => {
    if (event === 'exited') health.look();
  });
  return health;
}
