import { runBench } from '../command.js';
import { wholePositive } from '../options.js';
import { sayRow } from '../report/spread-row.js';
import { measureThroughput, measureThroughputIn } from '../measure/throughput.js';
import { withDirectory } from '../run/directory.js';
import { KIB, MIB, type ThroughputScenario } from '../scenarios.js';
import { spreadOf } from '../statistics/spread.js';
import { Observer } from './observer.js';
import { PairedRuns } from './paired-runs.js';

/*
 * `npm run bench:observers`: what it costs a channel that its latencies are measured, and that somebody watches it. SPSC, ring
 * 1 MB, producer and consumer spin; each run that costs something stands between two that do not, whose own ratio says what
 * the figures are worth. Exit code: 0 when it was measured; 2 for a wrong command line.
 */

const USAGE = `npm run bench:observers -- [options]

  --runs N          of each pair (default 10)
  --seconds N       of each run (default 4)
  --observers N     processes of apbus top (default 3)
  --interval MS     how often each looks (default 500)
  --help            this text
`;

const WATCHED: ThroughputScenario = {
  kind: 'throughput',
  type: 'SPSC',
  messageBytes: KIB,
  ringBytes: MIB,
  timestamps: false,
};

interface Settings {
  readonly runs: number;
  readonly seconds: number;
  readonly observers: number;
  readonly intervalMs: number;
}

await runBench('bench:observers', USAGE, ['runs', 'seconds', 'observers', 'interval'], async (values) => {
  const settings = {
    runs: wholePositive('--runs', values.runs, 10),
    seconds: wholePositive('--seconds', values.seconds, 4),
    observers: wholePositive('--observers', values.observers, 3),
    intervalMs: wholePositive('--interval', values.interval, 500),
  };
  const run = new PairedRuns(settings.runs);
  process.stdout.write('| what | median | least | most |\n| --- | ---: | ---: | ---: |\n');
  for (const messageBytes of [KIB, 64]) await measureSampling(run, settings, messageBytes);
  await measureObservers(run, settings);
});

/** Latencies of one message in so many, as they are by default, against none; messages carry their times in both. */
async function measureSampling(runs: PairedRuns, { seconds }: Settings, messageBytes: number): Promise<void> {
  const scenario: ThroughputScenario = { ...WATCHED, messageBytes, timestamps: true };
  const sampled = await runs.measure(
    (placement) => measureThroughput({ ...scenario, latencySampling: 0 }, placement, seconds),
    (placement) => measureThroughput(scenario, placement, seconds),
  );
  sayRow(`${messageBytes} B, latencies off, M messages/s`, spreadOf(sampled.without), 1e6, 2);
  sayRow(`${messageBytes} B, latencies of one message in 128, M messages/s`, spreadOf(sampled.with), 1e6, 2);
  sayRow('ratio', sampled.ratio, 1, 3);
  sayRow('ratio of the two runs without, for comparison', sampled.control, 1, 3);
}

async function measureObservers(runs: PairedRuns, { seconds, observers, intervalMs }: Settings): Promise<void> {
  const shares: number[] = [];
  const watched = await runs.measure(
    (placement) => measureThroughput(WATCHED, placement, seconds),
    (placement) =>
      withDirectory(async (directory) => {
        const started = await Promise.all(
          Array.from({ length: observers }, () => Observer.start(directory, intervalMs)),
        );
        try {
          for (const observer of started) observer.begin();
          const rate = await measureThroughputIn(directory, WATCHED, placement, seconds);
          shares.push(...started.map((observer) => observer.share()));
          return rate;
        } finally {
          await Promise.all(started.map((observer) => observer[Symbol.asyncDispose]()));
        }
      }),
  );
  sayRow('1 KB, alone, M messages/s', spreadOf(watched.without), 1e6, 2);
  sayRow(`with ${observers} of apbus top, every ${intervalMs} ms, M messages/s`, spreadOf(watched.with), 1e6, 2);
  sayRow('ratio', watched.ratio, 1, 3);
  sayRow('ratio of the two runs alone, for comparison', watched.control, 1, 3);
  sayRow('processor time of one apbus top, % of a processor', spreadOf(shares), 0.01, 2);
}
