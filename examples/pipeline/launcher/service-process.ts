import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromService, RunSettings, ServiceReport, ToService } from '../stage/reports.js';

/** What is kept of a service's standard error, for the message when it fails. */
const STDERR_KEPT = 4000;

/** Why a run cannot go on. */
export interface Failure {
  readonly reason: string;
  /** The quotes are not what they should be. */
  readonly badInput: boolean;
}

export interface ServiceEvents {
  /** Attached to all its channels. */
  ready(service: string): void;
  progress(report: ServiceReport): void;
  /** Wrote its last message to that channel. */
  ended(service: string, channel: string, nextSequence: number): void;
  /** Ended in order, with its final report. */
  done(report: ServiceReport): void;
  /** Was killed by the launcher. */
  killed(service: string): void;
  /** Ended in any other way. */
  failed(service: string, failure: Failure): void;
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
  #failure: Failure | undefined;
  #wasStruck = false;

  constructor(name: string, settings: RunSettings, events: ServiceEvents) {
    this.name = name;
    this.#events = events;
    this.#child = fork(programOf(name), [JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr?.setEncoding('utf8');
    this.#child.stderr?.on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    this.#child.on('message', (message) => this.#receive(message as FromService));
    this.#child.on('error', (error) =>
      events.failed(name, { reason: `could not be started: ${error.message}`, badInput: false }),
    );
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
    // until it is let go, a service that is ready has nothing to say
    if (message.kind === 'go') this.lastHeardMs = performance.now();
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

  /** Kills it as a crash would; `killed` says when it is gone. */
  strike(): void {
    this.#wasStruck = true;
    this.#child.kill('SIGKILL');
  }

  #receive(message: FromService): void {
    this.lastHeardMs = performance.now();
    switch (message.kind) {
      case 'ready':
        return this.#events.ready(this.name);
      case 'progress':
        return this.#events.progress(message.report);
      case 'ended':
        return this.#events.ended(this.name, message.channel, message.nextSequence);
      case 'done':
        this.#report = message.report;
        return undefined;
      case 'failed':
        this.#failure = {
          reason: message.badInput ? message.message : `failed: ${message.message}`,
          badInput: message.badInput,
        };
        return undefined;
    }
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#report !== undefined && code === 0) {
      this.#events.done(this.#report);
      return;
    }
    if (this.#wasStruck && signal === 'SIGKILL') {
      this.#events.killed(this.name);
      return;
    }
    this.#events.failed(this.name, this.#failure ?? { reason: this.#describeEnd(code, signal), badInput: false });
  }

  #describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
    const end = signal === null ? `ended with exit code ${code}` : `(process ${this.pid}) was killed by ${signal}`;
    const stderr = this.#stderr.trim();
    return stderr === '' ? end : `${end}; it said:\n${stderr}`;
  }
}

/** Every service has a program of its own; topology.ts has made sure that it is one of the pipeline's. */
function programOf(service: string): string {
  return fileURLToPath(new URL(`../services/${service}.js`, import.meta.url));
}
