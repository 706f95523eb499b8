import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { packageFile } from '#src/platform/package-files.js';
import { nowNs } from '../run/worker.js';

/** Of `_SC_CLK_TCK`, which is 100 on every Linux that Node.js runs on. */
const TICK_NS = 1e7;

/** An `apbus top` that is attached to a directory, as it is shipped; its screen goes nowhere. */
export class Observer implements AsyncDisposable {
  private readonly child: ChildProcess;
  /** Since when it looks; 0: it stands still. */
  private sinceNs = 0;
  private lookingNs = 0;
  private usedNs = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  /** Resolves when it has drawn its first screen. */
  static async start(directory: string, intervalMs: number): Promise<Observer> {
    const args = [packageFile('dist/cli/apbus.js'), 'top', '--directory', directory, '--interval', String(intervalMs)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const observer = new Observer(child);
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(([code]): never => {
        throw new Error(`apbus top ended with exit code ${String(code)}`);
      }),
    ]);
    child.stdout.resume();
    observer.turn(true);
    return observer;
  }

  /** Has it look, or stand still; it stays attached. */
  turn(on: boolean): void {
    if (on && this.sinceNs === 0) {
      this.child.kill('SIGCONT');
      this.sinceNs = nowNs();
      this.usedNs -= this.cpuNs();
    } else if (!on && this.sinceNs !== 0) {
      this.child.kill('SIGSTOP');
      this.lookingNs += nowNs() - this.sinceNs;
      this.usedNs += this.cpuNs();
      this.sinceNs = 0;
    }
  }

  /** Share of one processor that it has used while it looked, up to when it was last told to stand still. */
  share(): number {
    return this.usedNs / this.lookingNs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.turn(true);
    this.child.kill('SIGTERM');
    await ended;
  }

  private cpuNs(): number {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_NS;
  }
}
