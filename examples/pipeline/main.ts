import { loadConfig } from 'alphapulse-bus';
import { LiveTable } from './launcher/live-table.js';
import { parseOptions, USAGE, UsageError, type Options } from './launcher/options.js';
import { PipelineRun } from './launcher/pipeline-run.js';
import { describeSource, formatSummary, summarize } from './launcher/summary.js';

/*
 * The demo: `npm run demo`. This process, the launcher, starts one process for each service in config/message_bus.toml,
 * shows how they do, and accounts for every message at the end. Nothing of the market passes through it: the services
 * speak to each other over the bus.
 *
 * Exit code: 0 when every message is accounted for (also after Ctrl-C), 1 when not or when a service failed, 2 when the
 * command line is wrong.
 */

async function demo(options: Options): Promise<boolean> {
  const config = await loadConfig(options.config);
  const run = new PipelineRun(config, options);
  const table = new LiveTable(run, config, options);
  const say = options.json ? (): void => undefined : (text: string): boolean => process.stdout.write(`${text}\n`);

  // the first Ctrl-C ends the quotes and lets the rest drain, the second one ends everything
  const onSignal = (): void => {
    if (run.wasStopped) run.abort('interrupted again: ended without draining');
    else run.stop();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    say(`Quotes: ${describeSource(options)}`);
    say(`Starting ${run.services.length} processes: ${run.services.join(', ')}`);
    await run.complete(() => {
      if (!options.json) table.start();
    });
  } finally {
    table.stop();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }

  const seconds = (performance.now() - run.startedMs) / 1000;
  const summary = summarize(config, options, run, seconds);
  process.stdout.write(options.json ? `${JSON.stringify(summary, undefined, 2)}\n` : `${formatSummary(summary)}\n`);
  return summary.ok;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(`${USAGE}\n`);
  else process.exitCode = (await demo(options)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
