import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';

const START_MS = 5000;

/** A broker that some peers need, started for the run and ended with it. */
export interface Server {
  readonly address: string;
  stop(): Promise<void>;
}

/** Why a server cannot be started, or undefined. */
export function serverMissing(program: string): string | undefined {
  const answer = spawnSync(program, ['--version'], { stdio: 'ignore' });
  return answer.error === undefined ? undefined : `${program} is not installed`;
}

export async function startRedis(directory: string): Promise<Server> {
  const address = join(directory, 'redis.sock');
  const off = ['--save', '', '--appendonly', 'no', '--client-output-buffer-limit', 'pubsub 0 0 0'];
  const process = spawn('redis-server', ['--port', '0', '--unixsocket', address, ...off], { stdio: 'ignore' });
  return started(process, address, () => connect(address));
}

export async function startNats(): Promise<Server> {
  const port = await freePort();
  const process = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  return started(process, `127.0.0.1:${port}`, () => connect(port, '127.0.0.1'));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until the server takes connections. */
async function started(
  process: ChildProcess,
  address: string,
  open: () => ReturnType<typeof connect>,
): Promise<Server> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    const socket = open();
    try {
      await once(socket, 'connect');
      return { address, stop: () => stop(process) };
    } catch (error) {
      if (process.exitCode !== null || Date.now() > deadline) throw error;
    } finally {
      socket.destroy();
    }
    await later(20);
  }
}

async function stop(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill();
  await ended;
}
