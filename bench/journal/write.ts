import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withDirectory } from '../run/directory.js';
import type { WriterTask, Written } from './channel.js';

/** Has a process write as the task says, with a journal in that folder, or without one. */
export function write(task: Omit<WriterTask, 'directory' | 'journal'>, journal?: string): Promise<Written> {
  return withDirectory(async (directory) => {
    const whole: WriterTask = { ...task, directory, journal };
    const writer = fork(fileURLToPath(new URL('./writer.js', import.meta.url)), [JSON.stringify(whole)]);
    const ended = once(writer, 'exit').then(([code]): never => {
      throw new Error(`the writer ended with exit code ${String(code)}`);
    });
    const [written] = (await Promise.race([once(writer, 'message'), ended])) as [Written];
    await ended.catch(() => {});
    return written;
  });
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
