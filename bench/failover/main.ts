import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setTimeout as later } from 'node:timers/promises';
import { UsageError, wholePositive } from '../options.js';
import { withDirectory } from '../run/directory.js';
import { nowNs } from '../run/worker.js';
import { quantilesOf } from '../statistics/quantiles.js';
import type { Report } from './heir.js';

/*
 * `npm run bench:failover`: how long a channel is without a producer when its primary is killed while it writes: from the
 * kill to the first message that a waiting backup has committed. Exit code: 0 when it was measured; 2 for a wrong command
 * line.
 */

const USAGE = `npm run bench:failover -- [options]

  --kills N         primaries to kill (default 200)
  --help            this text
`;
/** Between a start and a kill: a backup that waits has been started long ago, as a rule. */
const SETTLED_MS = 200;
const HEIR = fileURLToPath(new URL('./heir.js', import.meta.url));

class Heir {
  readonly child: ChildProcess;
  readonly waits: Promise<unknown>;
  readonly firstNs: Promise<number>;

  constructor(directory: string, role: 'primary' | 'backup') {
    this.child = fork(HEIR, [directory, role]);
    this.waits = this.told('waiting');
    this.firstNs = this.told('firstNs') as Promise<number>;
  }

  private told(what: keyof Report): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.child.on('message', (report: Report) => report[what] !== undefined && resolve(report[what]));
      this.child.on('exit', () => reject(new Error('a producer ended before its time')));
    });
  }
}

interface Times {
  /** From the kill to the backup's first message. */
  readonly took: Float64Array;
  /** From the kill to the news of the death in this process: what the kernel takes, and as much of Node.js as here. */
  readonly died: Float64Array;
}

async function measure(directory: string, kills: number): Promise<Times> {
  const took = new Float64Array(kills);
  const died = new Float64Array(kills);
  let primary = new Heir(directory, 'primary');
  primary.waits.catch(() => {});
  await primary.firstNs;
  for (let kill = 0; kill < kills; kill++) {
    const backup = new Heir(directory, 'backup');
    await backup.waits;
    await later(SETTLED_MS);
    const killedNs = nowNs();
    primary.child.once('exit', () => (died[kill] = nowNs() - killedNs));
    primary.child.kill('SIGKILL');
    took[kill] = (await backup.firstNs) - killedNs;
    if (primary.child.signalCode === null) await once(primary.child, 'exit');
    primary = backup;
  }
  primary.child.kill('SIGKILL');
  return { took, died };
}

function wordsOf(times: Float64Array): string {
  const { p50, p99, max } = quantilesOf(times);
  const ms = (ns: number): string => `${(ns / 1e6).toFixed(1)} ms`;
  return `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}`;
}

try {
  const { values } = parseArgs({ options: { kills: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) process.stdout.write(USAGE);
  else {
    const kills = wholePositive('--kills', values.kills, 200);
    const { took, died } = await withDirectory((directory) => measure(directory, kills));
    process.stdout.write(`failover, ${kills} kills, from the kill to\n`);
    process.stdout.write(`  the backup's first message:  ${wordsOf(took)}\n`);
    process.stdout.write(`  the news in a third process: ${wordsOf(died)}\n`);
  }
} catch (error) {
  process.stderr.write(`bench:failover: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
