import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { packageFile } from '#src/platform/package-files.js';
import { runBench } from '../command.js';
import { wholePositive } from '../options.js';
import { withDirectory } from '../run/directory.js';
import { nowNs } from '../run/worker.js';
import { spreadOf } from '../statistics/spread.js';

/*
 * `npm run bench:serve`: how long a scrape of `apbus serve` takes, over HTTP, as it is shipped, and as a monitoring system
 * does it: on a connection that is kept, all bytes received, none of them parsed. Between two scrapes every endpoint goes on, so
 * that no figure is as it was. Exit code: 0 when it was measured; 2 for a wrong command line.
 */

/** The first ones map the segments, and are compiled. */
const WARM_UP = 30;
const agent = new Agent({ keepAlive: true });

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
    await nextLine(scene);
    const limits = ['--channels-max', String(channels), '--endpoints-max', String(endpoints)];
    const options = ['--directory', directory, '--listen', '127.0.0.1:0', ...limits, '--json'];
    const server = start([packageFile('dist/cli/apbus.js'), 'serve', ...options]);
    try {
      const { address } = JSON.parse(await nextLine(server)) as { address: string };
      const times: number[] = [];
      const looks: number[] = [];
      let body = '';
      let before = 0;
      for (let i = -WARM_UP; i < scrapes; i++) {
        await goOn(scene);
        if (i === 0) before = cpuMs(server);
        const beganNs = nowNs();
        const pieces = await scrape(address);
        const tookMs = (nowNs() - beganNs) / 1e6;
        body = Buffer.concat(pieces).toString();
        if (i === -WARM_UP) process.stdout.write(`the first scrape, ms: ${tookMs.toFixed(1)}\n`);
        if (i < 0) continue;
        times.push(tookMs);
        looks.push(Number(/^apbus_look_duration_seconds (.+)$/m.exec(body)?.[1]) * 1000);
      }
      const cpu = (cpuMs(server) - before) / scrapes;
      const { median, min, max } = spreadOf(times);
      const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
      process.stdout.write(
        `${channels} channels x ${endpoints} endpoints: ${samples} samples, ${(body.length / 1e6).toFixed(2)} MB\n` +
          `scrape, ms: median ${median.toFixed(1)}, least ${min.toFixed(1)}, most ${max.toFixed(1)}; ` +
          `of it the look ${spreadOf(looks).median.toFixed(1)}; processor time of the server ${cpu.toFixed(1)}\n`,
      );
    } finally {
      await Promise.all([end(server), end(scene)]);
    }
  });
}

async function scrape(address: string): Promise<Buffer[]> {
  const [response] = (await once(get(`${address}/metrics`, { agent }), 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  response.on('data', (piece: Buffer) => pieces.push(piece));
  await once(response, 'end');
  if (response.statusCode !== 200)
    throw new Error(`/metrics answered ${response.statusCode}: ${Buffer.concat(pieces).toString()}`);
  return pieces;
}

/** Has all endpoints write and read. */
async function goOn(scene: ChildProcess): Promise<void> {
  scene.stdin!.write('go on\n');
  await nextLine(scene);
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function nextLine(child: ChildProcess): Promise<string> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const said = once(child.stdout!, 'data', { signal });
    const ended = once(child, 'exit', { signal }).then(([code]): never => {
      throw new Error(`${child.spawnargs.at(1)} ended with exit code ${String(code)}`);
    });
    const [bytes] = (await Promise.race([said, ended])) as [Buffer];
    return bytes.toString().split('\n')[0]!;
  } finally {
    over.abort();
  }
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
