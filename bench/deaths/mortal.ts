import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as later } from 'node:timers/promises';
import { nowNs } from '../run/worker.js';

/** What a process of these measurements tells its parent: that something has happened, or when, on the monotonic clock. */
type Report = Readonly<Record<string, number | true>>;

/** Between a start and a kill: who is killed, and who waits for that, has been there long since, as a rule. */
const SETTLED_MS = 200;

/** A process of actors/, that reports, and is killed. */
export class Mortal {
  private readonly child: ChildProcess;
  private readonly heard = new Map<string, (value: number) => void>();

  constructor(actor: string, args: readonly string[]) {
    this.child = fork(fileURLToPath(new URL(`./actors/${actor}.js`, import.meta.url)), args);
    this.child.on('message', (report: Report) => {
      for (const [what, value] of Object.entries(report)) this.heard.get(what)?.(Number(value));
    });
  }

  /** The next report of that; ask before it can come. Rejects when the process ends by itself. */
  async told(what: string): Promise<number> {
    const ended = new AbortController();
    const { signal } = ended;
    const end = once(this.child, 'exit', { signal }).then((): never => {
      throw new Error(`a process ended before it told "${what}"`);
    });
    const report = new Promise<number>((resolve) => {
      this.heard.set(what, resolve);
    });
    try {
      return await Promise.race([report, end]);
    } finally {
      ended.abort();
      end.catch(() => {});
    }
  }

  send(message: string): void {
    this.child.send(message);
  }

  /** Kills it, now: when that was, and when the news came. */
  kill(): { readonly killedNs: number; readonly died: Promise<number> } {
    const { exitCode } = this.child;
    if (exitCode !== null) throw new Error(`a process ended by itself, with exit code ${exitCode}`);
    const killedNs = nowNs();
    const died = once(this.child, 'exit').then(nowNs);
    this.child.kill('SIGKILL');
    return { killedNs, died };
  }
}

export function settled(): Promise<void> {
  return later(SETTLED_MS);
}
