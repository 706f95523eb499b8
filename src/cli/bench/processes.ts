import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../platform/clock.js';
import { BusError } from '../../platform/bus-error.js';
import { packageFile } from '../../platform/package-files.js';
import type { BenchAnswer, BenchTask } from './measurements.js';

const PROCESS = packageFile('cli/bench/process.js');
/** From the word to begin until all of them do. */
const START_NS = 2e7;

/**
 * Runs the processes of one measurement, all of which begin at the same time, and answers what each measured. They are gone
 * when this returns or throws; `told` ends them early.
 *
 * @throws BusError `ERR_ABORTED` when it was told to end; `ERR_CLOSED` when a process died
 */
export async function runProcesses(tasks: readonly BenchTask[], told: AbortSignal): Promise<BenchAnswer[]> {
  const children = tasks.map((task) =>
    spawn(process.execPath, [PROCESS, JSON.stringify(task)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  );
  const kill = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  const ended = children.map((child) => once(child, 'close').catch(() => undefined));
  told.addEventListener('abort', kill);
  if (told.aborted) kill();
  try {
    await Promise.all(children.map((child) => messageOf<{ ready: true }>(child, told)));
    const answers = children.map((child) => messageOf<{ answer: BenchAnswer }>(child, told));
    const startNs = systemClock().monotonicNs() + START_NS;
    for (const child of children) child.send({ startNs });
    return (await Promise.all(answers)).map(({ answer }) => answer);
  } finally {
    told.removeEventListener('abort', kill);
    kill();
    await Promise.all(ended);
  }
}

/** The next message of a process, or why there is none. */
function messageOf<Message>(child: ChildProcess, told: AbortSignal): Promise<Message> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Message));
    child.once('error', (error) => reject(new BusError('ERR_CLOSED', `bench: ${error.message}`, { cause: error })));
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      reject(
        told.aborted
          ? new BusError('ERR_ABORTED', 'bench: ended before it was done')
          : new BusError('ERR_CLOSED', `bench: a process of the measurement ended with ${how}; see its message above`),
      );
    });
  });
}
