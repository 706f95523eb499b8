import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResolvedConfig } from 'alphapulse-bus';
import type { RunSettings, ServiceReport } from '../stage/reports.js';
import type { Options } from './options.js';
import { ServiceProcess, type ServiceEvents } from './service-process.js';

/** Ten processes on two cores need a moment to start. */
const START_LIMIT_MS = 30_000;
/** Services report four times a second; one that is silent for so long hangs. */
const SILENCE_LIMIT_MS = 15_000;

/** The run could not be carried through; the message says which service failed and how. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/**
 * One run of the pipeline: makes the folder for the segments, starts a process for each service of the configuration,
 * lets them go when all are attached, and waits until all have ended. If one fails, all are ended.
 */
export class PipelineRun {
  readonly services: readonly string[];
  /** The latest report of each service. */
  readonly reports = new Map<string, ServiceReport>();
  /** When the quotes began to flow; `performance.now()`. */
  startedMs = 0;
  wasStopped = false;
  readonly #options: Options;
  readonly #config: ResolvedConfig;
  #processes: ServiceProcess[] = [];
  readonly #ready = new Set<string>();
  readonly #done = new Set<string>();
  readonly #allReady = Promise.withResolvers<void>();
  readonly #allDone = Promise.withResolvers<void>();

  constructor(config: ResolvedConfig, options: Options) {
    this.#config = config;
    this.#options = options;
    const channels = [...config.channels.values()];
    this.services = [...new Set(channels.flatMap(({ producers, consumers }) => [...producers, ...consumers]))];
    // both are awaited later; a failure in between must not end the launcher
    this.#allReady.promise.catch(() => undefined);
    this.#allDone.promise.catch(() => undefined);
  }

  /** Resolves when every service has ended in order; in any case nothing is left behind, no process and no file. */
  async complete(onReady: () => void): Promise<void> {
    const directory = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'alphapulse-demo-'));
    const watch = setInterval(() => this.#failSilent(), 1000);
    const startLimit = setTimeout(() => this.#failUnready(), START_LIMIT_MS);
    try {
      this.#start(directory);
      await this.#allReady.promise;
      clearTimeout(startLimit);
      this.startedMs = performance.now();
      onReady();
      for (const service of this.#processes) service.send({ kind: 'go' });
      if (this.wasStopped) this.stop();
      await this.#allDone.promise;
    } finally {
      clearTimeout(startLimit);
      clearInterval(watch);
      await Promise.all(this.#processes.map((service) => service.kill()));
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** Ends the quotes; what is under way is carried through. */
  stop(): void {
    this.wasStopped = true;
    for (const service of this.#processes) service.send({ kind: 'stop' });
  }

  /** Gives the run up at once. */
  abort(reason: string): void {
    const error = new RunError(reason);
    this.#allReady.reject(error);
    this.#allDone.reject(error);
  }

  #start(directory: string): void {
    const { input, rate, durationMs, seed } = this.#options;
    const epochOffsetNs = (BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint()).toString();
    const settings: RunSettings = { config: this.#config.source, directory, epochOffsetNs, input, rate, durationMs, seed };
    const events: ServiceEvents = {
      ready: (service) => {
        this.#ready.add(service);
        if (this.#ready.size === this.services.length) this.#allReady.resolve();
      },
      progress: (report) => this.reports.set(report.service, report),
      done: (report) => {
        this.reports.set(report.service, report);
        this.#done.add(report.service);
        if (this.#done.size === this.services.length) this.#allDone.resolve();
      },
      failed: (service, reason) => this.abort(`${service} ${reason}`),
    };
    this.#processes = this.services.map((service) => new ServiceProcess(service, settings, events));
  }

  #failUnready(): void {
    const missing = this.services.filter((service) => !this.#ready.has(service));
    this.abort(`not ready after ${START_LIMIT_MS / 1000} s: ${missing.join(', ')}`);
  }

  #failSilent(): void {
    const now = performance.now();
    const silent = this.#processes.filter(
      (service) => service.isRunning && this.#ready.has(service.name) && now - service.lastHeardMs > SILENCE_LIMIT_MS,
    );
    if (silent.length === 0) return;
    this.abort(`no word for ${SILENCE_LIMIT_MS / 1000} s from ${silent.map(({ name }) => name).join(', ')}`);
  }
}
