import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Placement } from './placement.js';
import { nowNs } from './worker.js';

/** From the last `ready` to the common start: long enough for a message to reach every worker. */
const START_DELAY_NS = 5e6;

export interface WorkerSpec {
  /** File name in `bench/workers`, without ending. */
  readonly role: string;
  readonly settings: object;
}

/**
 * Starts a process for each spec, in order: one is ready (attached) before the next is started. Then lets all begin at
 * one time and answers their results in the same order. A worker that fails ends the others, and its error is thrown.
 */
export async function runWorkers(specs: readonly WorkerSpec[], placement: Placement): Promise<unknown[]> {
  const children: ChildProcess[] = [];
  try {
    for (const [index, spec] of specs.entries()) {
      const child = start(spec);
      children.push(child);
      await answerOf(child, spec.role, 'ready');
      if (child.pid !== undefined) placement.bindMainThread(child.pid, index, specs.length);
    }
    const startNs = nowNs() + START_DELAY_NS;
    const results = children.map((child, index) => answerOf(child, specs[index]!.role, 'result'));
    for (const child of children) child.send({ startNs });
    return await Promise.all(results);
  } finally {
    await Promise.all(children.map(stop));
  }
}

function start({ role, settings }: WorkerSpec): ChildProcess {
  const file = fileURLToPath(new URL(`../workers/${role}.js`, import.meta.url));
  return fork(file, [JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** The value under `key` of the child's next message. */
async function answerOf(child: ChildProcess, role: string, key: 'ready' | 'result'): Promise<unknown> {
  const over = new AbortController();
  const ended = async (): Promise<never> => {
    const [code, signal] = (await once(child, 'exit', { signal: over.signal })) as [number | null, string | null];
    throw new Error(`the ${role} process ended too early: ${signal ?? `code ${code}`}`);
  };
  const answered = async (): Promise<unknown> => {
    const [message] = (await once(child, 'message', { signal: over.signal })) as [Record<string, unknown>];
    if (!(key in message)) throw new Error(`the ${role} process said ${JSON.stringify(message)} instead of ${key}`);
    return message[key];
  };
  try {
    return await Promise.race([answered(), ended()]);
  } finally {
    over.abort();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), 1000);
  await ended;
  clearTimeout(timer);
}
