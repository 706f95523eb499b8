import { writeFileSync } from 'node:fs';
import { reportFailure } from './command.js';
import { parseOptions, USAGE, UsageError, type Options } from './options.js';
import { thisMachine } from './report/machine.js';
import { writeSection } from './report/page.js';
import { formatReport, type Circumstances } from './report/performance.js';
import { judge } from './report/targets.js';
import { BenchRun } from './run/bench-run.js';
import { Placement } from './run/placement.js';
import { Reference } from './run/reference.js';
import { allScenarios, nameOf, quickScenarios, type Scenario } from './scenarios.js';

/*
 * `npm run bench`: how fast the bus is on this machine, and how fast C is in the same run.
 *
 * Exit code: 0 when everything was measured, whatever came out; 1 when something could not be; 2 for a wrong command line.
 */

function choose({ quick, only }: Options): Scenario[] {
  const scenarios = quick ? quickScenarios() : allScenarios();
  const chosen = only === undefined ? scenarios : scenarios.filter((scenario) => only.test(nameOf(scenario)));
  if (chosen.length === 0) throw new UsageError(`--only ${only?.source} matches no scenario; --list names them`);
  return chosen;
}

async function bench(options: Options): Promise<boolean> {
  const scenarios = choose(options);
  if (options.list) {
    process.stdout.write(`${scenarios.map(nameOf).join('\n')}\n`);
    return true;
  }
  const placement = Placement.detect();
  const reference = Reference.compile(placement);
  const run = new BenchRun(placement, reference, options);
  for (const [index, scenario] of scenarios.entries()) {
    process.stderr.write(`[${index + 1}/${scenarios.length}] ${nameOf(scenario)}\n`);
    await run.measure(scenario);
  }
  const circumstances: Circumstances = {
    machine: thisMachine(),
    placement: placement.describe(),
    compiler: reference?.compiler,
    seconds: options.seconds,
    runs: options.runs,
  };
  const { results } = run;
  const report = formatReport(circumstances, results);
  process.stdout.write(report);
  if (options.json !== undefined) {
    const all = { ...circumstances, targets: judge(results), results };
    writeFileSync(options.json, `${JSON.stringify(all, undefined, 2)}\n`);
  }
  if (options.markdown !== undefined) writeSection(options.markdown, 'bench', `## The bus\n\n${report}`);
  return results.failures.length === 0;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(USAGE);
  else process.exitCode = (await bench(options)) ? 0 : 1;
} catch (error) {
  reportFailure('bench', USAGE, error);
}
