import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MessageBus, type BusConfig } from 'alphapulse-bus';
import { Supervisor, type ServiceLine } from 'alphapulse-bus/supervisor';
import { packageFile } from '#src/platform/package-files.js';
import { withDirectory } from '../run/directory.js';
import { nowNs } from '../run/worker.js';
import type { Measured } from './measured.js';
import { settled } from './mortal.js';

const RESTART_DELAY_MS = 100;
const TICKS = 'ticks';
const HANDLER = 'handler';

/**
 * Kills a service that a supervisor runs, and that handles a message each millisecond: from the kill to the first message
 * that its next process handles, less `restart_delay_ms`. Beside each, a Node.js that only says that it is there.
 */
export function measureRestarts(kills: number): Promise<Measured[]> {
  return withDirectory(async (directory) => {
    const config = restartConfig();
    await using bus = await MessageBus.open({ service: 'feed', directory, config });
    const producer = bus.producer(TICKS);
    const message = new Uint8Array(64);
    const ticking = setInterval(() => producer.tryWrite(message), 1);
    try {
      await using supervisor = await Supervisor.open({ config, directory });
      let next = firstHandled(supervisor);
      await supervisor.start();
      await next;
      const took: number[] = [];
      const bare: number[] = [];
      for (let kill = 0; kill < kills; kill++) {
        await settled();
        next = firstHandled(supervisor);
        const killedNs = nowNs();
        process.kill(supervisor.status()[0]!.pid!, 'SIGKILL');
        took.push((await next) - killedNs - RESTART_DELAY_MS * 1e6);
        bare.push(await startOfNode());
      }
      return [
        { what: 'restart: the first message that a service handles, beyond restart_delay_ms', took },
        { what: 'from the start of a Node.js that does nothing to its first line, for comparison', took: bare },
      ];
    } finally {
      clearInterval(ticking);
    }
  });
}

function restartConfig(): BusConfig {
  const service = fileURLToPath(new URL('./actors/handler.js', import.meta.url));
  const channels: BusConfig['channels'] = {
    [TICKS]: { type: 'SPSC', producer: 'feed', consumer: HANDLER, bufferSize: '1MB' },
  };
  return {
    channels,
    services: {
      [HANDLER]: {
        command: [process.execPath, service, packageFile('dist/index.js'), TICKS, JSON.stringify({ channels })],
        restartDelayMs: RESTART_DELAY_MS,
        stableAfterMs: 0,
        crashLoopThreshold: 1_000_000,
      },
    },
  };
}

/** When the next process of the service has handled its first message. */
async function firstHandled(supervisor: Supervisor): Promise<number> {
  const [{ line }] = (await once(supervisor, 'line')) as [ServiceLine];
  const atNs = Number(line);
  if (Number.isNaN(atNs)) throw new Error(`the service says: ${line}`);
  return atNs;
}

async function startOfNode(): Promise<number> {
  const startedNs = nowNs();
  const child = spawn(process.execPath, ['--eval', 'console.log(process.hrtime().join(" "))'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const [seconds = 0, nanoseconds = 0] = chunk.toString().split(' ').map(Number);
  await once(child, 'exit');
  return seconds * 1e9 + nanoseconds - startedNs;
}
