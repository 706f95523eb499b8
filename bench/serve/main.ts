import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageFile } from '#src/platform/package-files.js';
import { runBench } from '../command.js';
import { wholePositive } from '../options.js';
import { withDirectory } from '../run/directory.js';
import { nowNs } from '../run/worker.js';
import { spreadOf } from '../statistics/spread.js';

/*
 * `npm run bench:serve`: how long a scrape of `apbus serve` takes, over HTTP, as it is shipped. Exit code: 0 when it was
 * measured; 2 for a wrong command line.
 */

const USAGE = `npm run bench:serve -- [options]

  --channels N      (default 100)
  --endpoints N     of each channel (default 10)
  --scrapes N       (default 50)
  --help            this text
`;

interface Settings {
  readonly channels: number;
  readonly endpoints: number;
  readonly scrapes: number;
}

await runBench('bench:serve', USAGE, ['channels', 'endpoints', 'scrapes'], (values) =>
  measure({
    channels: wholePositive('--channels', values.channels, 100),
    endpoints: wholePositive('--endpoints', values.endpoints, 10),
    scrapes: wholePositive('--scrapes', values.scrapes, 50),
  }),
);

async function measure({ channels, endpoints, scrapes }: Settings): Promise<void> {
  await withDirectory(async (directory) => {
    const scenePath = fileURLToPath(new URL('./scene.js', import.meta.url));
    const scene = start([scenePath, directory, String(channels), String(endpoints)]);
    await firstLine(scene);
    const limits = ['--channels-max', String(channels), '--endpoints-max', String(endpoints)];
    const options = ['--directory', directory, '--listen', '127.0.0.1:0', ...limits, '--json'];
    const server = start([packageFile('dist/cli/apbus.js'), 'serve', ...options]);
    try {
      const { address } = JSON.parse(await firstLine(server)) as { address: string };
      // the first ones map the segments, and are compiled
      for (let i = 0; i < 10; i++) await scrape(address);
      const times: number[] = [];
      let body = '';
      const before = cpuMs(server);
      for (let i = 0; i < scrapes; i++) {
        const beganNs = nowNs();
        body = await scrape(address);
        times.push((nowNs() - beganNs) / 1e6);
      }
      const cpu = (cpuMs(server) - before) / scrapes;
      const { median, min, max } = spreadOf(times);
      const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
      const look = Number(/^apbus_look_duration_seconds (.+)$/m.exec(body)?.[1]) * 1000;
      process.stdout.write(
        `${channels} channels x ${endpoints} endpoints: ${samples} samples, ${(body.length / 1e6).toFixed(2)} MB\n` +
          `scrape, ms: median ${median.toFixed(1)}, least ${min.toFixed(1)}, most ${max.toFixed(1)}; ` +
          `of it the last look ${look.toFixed(1)}; processor time ${cpu.toFixed(1)}\n`,
      );
    } finally {
      await Promise.all([end(server), end(scene)]);
    }
  });
}

async function scrape(address: string): Promise<string> {
  const response = await fetch(`${address}/metrics`);
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}: ${await response.text()}`);
  return response.text();
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [bytes] = (await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(([code]): never => {
      throw new Error(`${child.spawnargs.at(1)} ended with exit code ${String(code)}`);
    }),
  ])) as [Buffer];
  return bytes.toString().split('\n')[0]!;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Processor time of a process; ticks are 10 ms on every Linux that Node.js runs on. */
function cpuMs({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
