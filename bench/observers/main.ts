import { runBench } from '../command.js';
import { wholePositive } from '../options.js';
import { sayRow } from '../report/spread-row.js';
import { measureThroughput, measureThroughputIn } from '../measure/throughput.js';
import { withDirectory } from '../run/directory.js';
import { KIB, MIB, type ThroughputScenario } from '../scenarios.js';
import { Placement } from '../run/placement.js';
import { medianBounds, spreadOf } from '../statistics/spread.js';
import { Observer } from './observer.js';
import { PairedRuns } from './paired-runs.js';
import { measureSlices, secondsFor } from './slices.js';

/*
 * `npm run bench:observers`: what it costs a channel that its latencies are measured, and that somebody watches it. SPSC, ring
 * 1 MB, producer and consumer spin. Observers are stopped and continued, second by second, within one run; for latencies, which
 * are of a whole run, each run that measures them stands between two that do not. The ratio of those that cost nothing says
 * what the figures are worth. Exit code: 0 when it was measured; 2 for a wrong command line.
 */

const USAGE = `npm run bench:observers -- [options]

  --slices N        of a second each, in which observers look; as many and one in which they do not (default 60)
  --observers N     processes of apbus top (default 3)
  --interval MS     how often each looks (default 500)
  --runs N          of each pair, for the latencies (default 10)
  --seconds N       of each of those (default 4)
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
  readonly slices: number;
  readonly runs: number;
  readonly seconds: number;
  readonly observers: number;
  readonly intervalMs: number;
}

await runBench('bench:observers', USAGE, ['slices', 'observers', 'interval', 'runs', 'seconds'], async (values) => {
  const settings = {
    slices: wholePositive('--slices', values.slices, 60),
    runs: wholePositive('--runs', values.runs, 10),
    seconds: wholePositive('--seconds', values.seconds, 4),
    observers: wholePositive('--observers', values.observers, 3),
    intervalMs: wholePositive('--interval', values.interval, 500),
  };
  const run = new PairedRuns(settings.runs);
  process.stdout.write('| what | median | least | most |\n| --- | ---: | ---: | ---: |\n');
  await measureObservers(settings);
  for (const messageBytes of [KIB, 64]) await measureSampling(run, settings, messageBytes);
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

/** Observers that look and those that stand still, by turns, within one run. */
async function measureObservers({ slices, observers, intervalMs }: Settings): Promise<void> {
  const given = { slices, seconds: 1 };
  await withDirectory(async (directory) => {
    const started = await Promise.all(Array.from({ length: observers }, () => Observer.start(directory, intervalMs)));
    try {
      const run = measureThroughputIn(directory, WATCHED, Placement.detect(), secondsFor(given));
      const measured = await measureSlices(directory, given, (on) => {
        for (const observer of started) observer.turn(on);
      });
      const shares = started.map((observer) => observer.share());
      await run;
      const { without } = measured;
      const around = measured.with.map((_, slice) => (without[slice]! + without[slice + 1]!) / 2);
      const ratios = measured.with.map((rate, slice) => rate / around[slice]!);
      const control = without.slice(1).map((rate, slice) => rate / without[slice]!);
      sayRow('1 KB, nobody looks, M messages/s', spreadOf(without), 1e6, 2);
      sayRow(`${observers} of apbus top look, every ${intervalMs} ms, M messages/s`, spreadOf(measured.with), 1e6, 2);
      sayRow('ratio', spreadOf(ratios), 1, 3);
      sayRow('ratio, between which bounds its median is, 95 %', medianBounds(ratios), 1, 3);
      sayRow('ratio of two slices in which nobody looks, the same', medianBounds(control), 1, 3);
      sayRow('processor time of one apbus top, % of a processor', spreadOf(shares), 0.01, 2);
    } finally {
      await Promise.all(started.map((observer) => observer[Symbol.asyncDispose]()));
    }
  });
}
