import { runBench } from '../command.js';
import { wholePositive } from '../options.js';
import { quantilesOf } from '../statistics/quantiles.js';
import { measureDeadClaims } from './dead-claim.js';
import { measureDeadConsumers } from './dead-consumer.js';
import { measureFailover } from './failover.js';
import { measureRestarts } from './restart.js';

/*
 * `npm run bench:deaths`: how long the others wait after a `kill -9`. Exit code: 0 when it was measured; 2 for a wrong command
 * line.
 */

const USAGE = `npm run bench:deaths -- [options]

  --kills N         processes to kill, of each kind (default 200)
  --help            this text
`;

await runBench('bench:deaths', USAGE, ['kills'], async (values) => {
  const kills = wholePositive('--kills', values.kills, 200);
  process.stdout.write(`| from a kill to | kills | p50 ms | p99 ms | max ms |\n| --- | ---: | ---: | ---: | ---: |\n`);
  for (const measure of [measureFailover, measureDeadClaims, measureDeadConsumers, measureRestarts]) {
    for (const { what, took } of await measure(kills)) {
      const { p50, p99, max } = quantilesOf(Float64Array.from(took));
      const ms = [p50, p99, max].map((ns) => (ns / 1e6).toFixed(1));
      process.stdout.write(`| ${what} | ${took.length} | ${ms.join(' | ')} |\n`);
    }
  }
});
