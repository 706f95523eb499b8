import { BusError, loadConfig, type ResolvedConfig } from 'alphapulse-bus';
import { LiveTable } from './launcher/live-table.js';
import { parseOptions, USAGE, UsageError, type Options } from './launcher/options.js';
import { paintFor } from './launcher/paint.js';
import { PipelineRun, RunError } from './launcher/pipeline-run.js';
import { describeSource, formatSummary, summarize } from './launcher/summary.js';
import { topologyFault } from './launcher/topology.js';

/*
 * The demo: `npm run demo`. This process, the launcher, starts one process for each service in config/message_bus.toml,
 * shows how they do, and accounts for every message at the end. Nothing of the market passes through it: the services
 * speak to each other over the bus.
 *
 * Exit code: 0 when every message is accounted for (also after Ctrl-C), 1 when not or when a service failed, 2 when the
 * command line, the configuration or the input is wrong. With --json, standard output is one JSON document in any case
 * but that of a wrong command line.
 */

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function demo(options: Options): Promise<boolean> {
  const config = await readConfig(options.config);
  const run = new PipelineRun(config, options);
  const table = new LiveTable(run, config, options);
  const say = options.json ? (): void => undefined : (text: string): boolean => process.stdout.write(`${text}\n`);

  // the first Ctrl-C ends the quotes and lets the rest drain, the second one ends everything
  const onSignal = (): void => {
    if (run.wasStopped) run.abort({ reason: 'interrupted again: ended without draining', badInput: false });
    else run.stop();
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  process.stdout.on('error', () => run.abort({ reason: 'standard output was closed', badInput: false }));
  try {
    say(`Quotes: ${describeSource(options)}`);
    await run.complete(
      () => say(`Started ${run.services.length} processes: ${run.describeProcesses()}`),
      () => {
        if (!options.json) table.start();
      },
    );
  } finally {
    table.stop();
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
  }

  const summary = summarize(config, options, run);
  const text = options.json ? JSON.stringify(summary, undefined, 2) : formatSummary(summary, paintFor(process.stdout));
  process.stdout.write(`${text}\n`);
  return summary.ok;
}

async function readConfig(path: string): Promise<ResolvedConfig> {
  const config = await loadConfig(path);
  const fault = topologyFault(config);
  if (fault !== undefined) throw new UsageError(`--config: ${path}: ${fault}`);
  return config;
}

function fail(error: unknown, json: boolean): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`demo: ${message}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: message }, undefined, 2)}\n`);
  const isOurs =
    error instanceof UsageError || BusError.is(error, 'ERR_CONFIG') || (error instanceof RunError && error.badInput);
  process.exitCode = isOurs ? 2 : 1;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(`${USAGE}\n`);
  else {
    try {
      process.exitCode = (await demo(options)) ? 0 : 1;
    } catch (error) {
      fail(error, options.json);
    }
  }
} catch (error) {
  fail(error, false);
  process.stderr.write('Try --help.\n');
}
