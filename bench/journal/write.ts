import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withDirectory } from '../run/directory.js';
import type { Placement } from '../run/placement.js';
import type { WriterTask, Written } from './channel.js';

/**
 * Has a process write as the task says, with a journal in that folder, or without one. Another one reads what a paced writer
 * writes, with and without; it opens the channel first, so that the recorder is a thread of it.
 */
export function write(
  task: Omit<WriterTask, 'directory' | 'journal'>,
  journal?: string,
  placement?: Placement,
): Promise<Written> {
  return withDirectory(async (directory) => {
    const whole: WriterTask = { ...task, directory, journal };
    const reader = task.rate === undefined ? undefined : start('reader', whole);
    await reader?.said;
    const writer = start('writer', whole);
    placement?.bindMainThread(writer.child.pid!, 0, 2);
    if (reader !== undefined) placement?.bindProcess(reader.child.pid!, 1, 2);
    const written = (await writer.said) as Written;
    await writer.ended;
    reader?.child.send('end');
    await reader?.ended;
    return written;
  });
}

/** Starts one of the two processes: what it says first, and its end. */
function start(
  role: 'reader' | 'writer',
  task: WriterTask,
): { readonly child: ChildProcess; readonly said: Promise<unknown>; readonly ended: Promise<unknown> } {
  const child = fork(fileURLToPath(new URL(`./${role}.js`, import.meta.url)), [JSON.stringify(task)]);
  const exit = once(child, 'exit');
  const tooEarly = exit.then(([code]): never => {
    throw new Error(`the ${role} ended with exit code ${String(code)}`);
  });
  const said = Promise.race([once(child, 'message').then(([message]): unknown => message), tooEarly]);
  return { child, said, ended: exit };
}

/** Gives `work` a folder of its own in that one, and removes it afterwards. */
export async function withFolder<Result>(folder: string, work: (own: string) => Promise<Result>): Promise<Result> {
  const own = mkdtempSync(join(folder, 'apbus-bench-journal-'));
  try {
    return await work(own);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
