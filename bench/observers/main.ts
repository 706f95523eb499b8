import { parseArgs } from 'node:util';
import { UsageError, wholePositive } from '../options.js';
import { measureThroughput, measureThroughputIn } from '../measure/throughput.js';
import { withDirectory } from '../run/directory.js';
import { Placement } from '../run/placement.js';
import { Reference } from '../run/reference.js';
import { Steadiness } from '../run/steadiness.js';
import { KIB, MIB, type ThroughputScenario } from '../scenarios.js';
import { ratiosOf, spreadOf, type Spread } from '../statistics/spread.js';
import { Observer } from './observer.js';

/*
 * `npm run bench:observers`: what it costs a channel that somebody watches it. SPSC, 1 KB, ring 16 MB, producer and consumer
 * spin; each run with observers stands between two without, whose own ratio says what the figures are worth.
 * Exit code: 0 when it was measured; 2 for a wrong command line.
 */

const USAGE = `npm run bench:observers -- [options]

  --runs N          pairs (default 10)
  --seconds N       of each run (default 4)
  --observers N     processes of apbus top (default 3)
  --interval MS     how often each looks (default 500)
  --help            this text
`;

const SCENARIO: ThroughputScenario = {
  kind: 'throughput',
  type: 'SPSC',
  messageBytes: KIB,
  ringBytes: 16 * MIB,
  timestamps: false,
};

interface Settings {
  readonly runs: number;
  readonly seconds: number;
  readonly observers: number;
  readonly intervalMs: number;
}

try {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { runs: text, seconds: text, observers: text, interval: text, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) process.stdout.write(USAGE);
  else {
    await measure({
      runs: wholePositive('--runs', values.runs, 10),
      seconds: wholePositive('--seconds', values.seconds, 4),
      observers: wholePositive('--observers', values.observers, 3),
      intervalMs: wholePositive('--interval', values.interval, 500),
    });
  }
} catch (error) {
  process.stderr.write(`bench:observers: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function measure({ runs, seconds, observers, intervalMs }: Settings): Promise<void> {
  const placement = Placement.detect();
  const reference = Reference.compile(placement);
  const steadiness = reference && new Steadiness(reference);
  const before: number[] = [];
  const watched: number[] = [];
  const after: number[] = [];
  const between: number[] = [];
  const shares: number[] = [];
  for (let run = 0; run < runs; run++) {
    await steadiness?.settle();
    before.push(await measureThroughput(SCENARIO, placement, seconds));
    watched.push(
      await withDirectory(async (directory) => {
        const started = await Promise.all(
          Array.from({ length: observers }, () => Observer.start(directory, intervalMs)),
        );
        try {
          for (const observer of started) observer.begin();
          const rate = await measureThroughputIn(directory, SCENARIO, placement, seconds);
          shares.push(...started.map((observer) => observer.share()));
          return rate;
        } finally {
          await Promise.all(started.map((observer) => observer[Symbol.asyncDispose]()));
        }
      }),
    );
    after.push(await measureThroughput(SCENARIO, placement, seconds));
    between.push((before.at(-1)! + after.at(-1)!) / 2);
  }
  process.stdout.write('| what | median | least | most |\n| --- | ---: | ---: | ---: |\n');
  row('alone, M messages/s', spreadOf(between), 1e6);
  row(`with ${observers} of apbus top, every ${intervalMs} ms, M messages/s`, spreadOf(watched), 1e6);
  row('ratio', ratiosOf(watched, between), 1, 3);
  row('ratio of the two runs alone, for comparison', ratiosOf(after, before), 1, 3);
  row('processor time of one apbus top, % of a processor', spreadOf(shares), 0.01);
}

function row(what: string, { median, min, max }: Spread, unit: number, digits = 2): void {
  process.stdout.write(
    `| ${what} | ${[median, min, max].map((value) => (value / unit).toFixed(digits)).join(' | ')} |\n`,
  );
}
