import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Connect } from './link.js';

/** The part of zeromq 6 that is used here. */
interface Pair extends AsyncIterable<Uint8Array[]> {
  sendHighWaterMark: number;
  receiveHighWaterMark: number;
  linger: number;
  bind(address: string): Promise<void>;
  connect(address: string): void;
  send(message: Uint8Array): Promise<void>;
  close(): void;
}

const PACKAGE = 'zeromq@6';
const HIGH_WATER_MARK = 10_000;
const FOLDER = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'alphapulse-bus', 'peers');
const INSTALL = ['install', '--prefix', FOLDER, '--no-audit', '--no-fund', PACKAGE];

function load(): new () => Pair {
  const require = createRequire(join(FOLDER, 'index.js'));
  return (require('zeromq') as { Pair: new () => Pair }).Pair;
}

/** Why zeromq cannot be measured, or undefined. It is no dependency: `install` puts it into a cache outside the tree. */
export function zeromqMissing(install: boolean): string | undefined {
  if (canLoad()) return undefined;
  if (!install) return `not installed; do: npm ${INSTALL.join(' ')} (or run with --install)`;
  mkdirSync(FOLDER, { recursive: true });
  const answer = spawnSync('npm', INSTALL, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (answer.status !== 0) return `npm could not install ${PACKAGE}: ${answer.stderr.trim().split('\n').at(-1) ?? ''}`;
  return canLoad() ? undefined : `${PACKAGE} was installed in ${FOLDER} but cannot be loaded`;
}

function canLoad(): boolean {
  try {
    load();
    return true;
  } catch {
    return false;
  }
}

/** A PAIR of zeromq 6 sockets over `ipc://`. */
export const connectZeromq: Connect = async ({ side, address }, receive) => {
  const PairSocket = load();
  const socket = new PairSocket();
  socket.sendHighWaterMark = HIGH_WATER_MARK;
  socket.receiveHighWaterMark = HIGH_WATER_MARK;
  socket.linger = 0;
  if (side === 'receiver') await socket.bind(`ipc://${address}`);
  else socket.connect(`ipc://${address}`);
  const reading = (async () => {
    for await (const [message] of socket) if (message !== undefined) receive(message);
  })();
  let sending = Promise.resolve();
  return {
    // One at a time: zeromq refuses a second send while one is under way.
    send: (message) => {
      sending = socket.send(Buffer.from(message));
      return false;
    },
    drained: () => sending,
    flush: () => undefined,
    close: async () => {
      socket.close();
      await reading.catch(() => undefined);
    },
  };
};
