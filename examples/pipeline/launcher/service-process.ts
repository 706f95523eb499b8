import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromService, RunSettings, ServiceReport, ToService } from '../stage/reports.js';

const PROGRAM = fileURLToPath(new URL('../stage/main.js', import.meta.url));
/** What is kept of a service's standard error, for the message when it fails. */
const STDERR_KEPT = 4000;

export interface ServiceEvents {
  /** Attached to all its channels. */
  ready(service: string): void;
  progress(report: ServiceReport): void;
  /** Ended in order, with its final report. */
  done(report: ServiceReport): void;
  /** Ended in any other way. */
  failed(service: string, reason: string): void;
}

/** One service of the pipeline, as the launcher sees it: an operating-system process of its own. */
export class ServiceProcess {
  readonly name: string;
  /** When it last said something; `performance.now()`. */
  lastHeardMs = performance.now();
  readonly #child: ChildProcess;
  readonly #events: ServiceEvents;
  #stderr = '';
  #report: ServiceReport | undefined;
  #failure: string | undefined;

  constructor(name: string, settings: RunSettings, events: ServiceEvents) {
    this.name = name;
    this.#events = events;
    this.#child = fork(PROGRAM, [name, JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr?.setEncoding('utf8');
    this.#child.stderr?.on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    this.#child.on('message', (message) => this.#receive(message as FromService));
    this.#child.on('error', (error) => events.failed(name, error.message));
    // "close" comes after "exit", when standard error has been read to its end
    this.#child.on('close', (code, signal) => this.#ended(code, signal));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  send(message: ToService): void {
    // a service that has just ended is no reason to fail here: its end is reported by "close"
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Ends the process at once; resolves when it is gone. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #receive(message: FromService): void {
    this.lastHeardMs = performance.now();
    if (message.kind === 'ready') this.#events.ready(this.name);
    else if (message.kind === 'progress') this.#events.progress(message.report);
    else if (message.kind === 'failed') this.#failure = message.message;
    else this.#report = message.report;
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#report !== undefined && code === 0) {
      this.#events.done(this.#report);
      return;
    }
    const stderr = this.#stderr.trim();
    let reason = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
    if (this.#failure !== undefined) reason = `failed: ${this.#failure}`;
    else if (stderr !== '') reason += `; it said:\n${stderr}`;
    this.#events.failed(this.name, reason);
  }
}
