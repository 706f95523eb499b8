import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What `apbus run --json` says of a service. */
export interface Told {
  readonly service: string;
  readonly event?: string;
  readonly pid?: number;
  readonly afterMs?: number;
  readonly reason?: string;
  readonly line?: string;
}

const COMMAND = fileURLToPath(new URL('../../../../dist/cli/apbus.js', import.meta.url));

/** `apbus run`, as a process of its own, and what it tells. */
export class SupervisorProcess {
  /** The process of each service that runs. */
  readonly pids = new Map<string, number>();
  readonly ready = new Set<string>();
  /** How long each service took from the start of its process to all of its channels, ms, by its lives. */
  readonly readyMs = new Map<string, number[]>();
  failure: string | undefined;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();

  constructor(config: string, environment: Readonly<Record<string, string>>, onLine: (told: Told) => void) {
    this.#child = spawn(process.execPath, [COMMAND, 'run', config, '--json'], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const told = JSON.parse(line) as Told;
      this.#note(told);
      onLine(told);
      for (const listener of this.#listeners) listener();
    });
    this.#child.on('exit', (code, signal) => {
      if (code !== 0) this.failure ??= `apbus run ended with ${signal ?? `exit code ${code}`}`;
      for (const listener of this.#listeners) listener();
    });
  }

  /** Resolves when it is so. @throws Error when the supervisor ends, or the time is over */
  async until(is: () => boolean, what: string, patienceMs = 60_000): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!is()) {
      if (this.failure !== undefined) throw new Error(this.failure);
      if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, 200);
        const { listeners } = { listeners: this.#listeners };
        function done(): void {
          clearTimeout(timer);
          listeners.delete(done);
          resolve();
        }
        listeners.add(done);
      });
    }
  }

  /** Kills the process of a service as a crash would. */
  kill(service: string): void {
    this.ready.delete(service);
    process.kill(this.pids.get(service) ?? Number.NaN, 'SIGKILL');
  }

  /** Ends all services, in order; resolves when they have ended. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  #note({ service, event, pid, afterMs, reason }: Told): void {
    if (event === 'started' && pid !== undefined) this.pids.set(service, pid);
    if (event === 'exited') this.ready.delete(service);
    if (event === 'failed') this.failure ??= `${service}: ${reason}`;
    if (event !== 'ready') return;
    this.ready.add(service);
    this.readyMs.set(service, [...(this.readyMs.get(service) ?? []), afterMs ?? 0]);
  }
}
