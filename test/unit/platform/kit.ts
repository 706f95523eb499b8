import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { loadNative } from '#src/platform/load-native.js';
import { registerCalls } from '../../kit/register-calls.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

export const native = loadNative();
export const calls = registerCalls(native);

const { errno } = constants;
export const EAGAIN = -errno.EAGAIN;
export const EBADF = -errno.EBADF;
export const EEXIST = -errno.EEXIST;
export const EINVAL = -errno.EINVAL;
export const ELOOP = -errno.ELOOP;
export const EMFILE = -errno.EMFILE;
export const ENAMETOOLONG = -errno.ENAMETOOLONG;
export const ENODATA = -errno.ENODATA;
export const ENOENT = -errno.ENOENT;
export const ENOSPC = -errno.ENOSPC;
export const ENXIO = -errno.ENXIO;
export const EPIPE = -errno.EPIPE;
export const ETIMEDOUT = -errno.ETIMEDOUT;

/** The grain of all sizes in a mapping, and the size of each part in these tests. */
export const PART = 65_536;

/** Numbers that are no handle, no descriptor and no offset. */
export const NOT_AN_INDEX = [Number.NaN, Infinity, -Infinity, -1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 31)];
/** The same for the registers, which hold 32-bit words. */
export const NOT_AN_INDEX_WORD = [-1, 2 ** 31 - 1, -(2 ** 31)];

/** Fails loudly where the test needs a success. */
export function succeed(result: number): number {
  if (result < 0) throw new Error(`the call answered ${result}`);
  return result;
}

/** An empty file of the test's own, closed when the test is over. */
export function createdFile(t: TestContext, name = 'file'): { path: string; fd: number } {
  const path = join(temporaryDirectory(t), name);
  const fd = succeed(native.createFile(path));
  t.after(() => native.closeFile(fd));
  return { path, fd };
}

export interface Mapped {
  path: string;
  fd: number;
  mapping: number;
  bytes: Uint8Array;
  /** Over the whole mapping: `[control | claims | ring | ring again | scratch]`, one {@link PART} each. */
  region: number;
}

/** A file of three parts, mapped; unmapped when the test is over. */
export function mapped(t: TestContext, ringWritable = true): Mapped {
  const { path, fd } = createdFile(t);
  succeed(native.allocate(fd, 3 * PART));
  return { path, fd, ...mapAgain(t, fd, ringWritable) };
}

export function mapAgain(t: TestContext, fd: number, ringWritable = true): Omit<Mapped, 'path' | 'fd'> {
  const mapping = succeed(native.map(fd, PART, PART, PART, PART, ringWritable));
  t.after(() => native.unmap(mapping));
  const bytes = new Uint8Array(native.buffer(mapping));
  return { mapping, bytes, region: succeed(native.region(mapping, 0, bytes.length)) };
}

function script(name: string): string {
  return fileURLToPath(new URL(`children/${name}.js`, import.meta.url));
}

/** A child process that runs `children/<name>.ts`; killed when the test is over. */
export function startProcess(
  t: TestContext,
  name: string,
  args: readonly string[],
  execArgv: string[] = [],
): ChildProcess {
  const child = fork(script(name), args, { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** A worker thread that runs `children/<name>.ts`; ended when the test is over. */
export function startWorker(t: TestContext, name: string, args: readonly string[]): Worker {
  const worker = new Worker(script(name), { argv: [...args] });
  t.after(() => worker.terminate());
  return worker;
}

/**
 * The next message of a child or worker; rejects when it ends without one. A worker's message and its error take different
 * ways, and either may come first: so an error alone says nothing.
 */
export function messageOf(source: ChildProcess | Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (...reason: unknown[]): void => reject(new Error(`it ended without a message: ${reason.join(' ')}`));
    // a child may be seen to exit before its last message is read, but not to disconnect
    const end = source instanceof Worker ? 'exit' : 'disconnect';
    source.once(end, ended);
    source.once('message', (message) => {
      source.off(end, ended);
      resolve(message);
    });
  });
}

/** How a child process ended. */
export async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}
