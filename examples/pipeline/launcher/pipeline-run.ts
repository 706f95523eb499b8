import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResolvedChannel, ResolvedConfig } from 'alphapulse-bus';
import type { RunSettings, ServiceReport } from '../stage/reports.js';
import { total } from './audit.js';
import { ChaosAudit } from './chaos-audit.js';
import { Chaos } from './chaos.js';
import type { Options } from './options.js';
import { ServiceProcess, type Failure, type ServiceEvents } from './service-process.js';

/** Ten processes on two cores need a moment to start. */
const START_LIMIT_MS = 30_000;
/** Services report four times a second and never block; one that is silent for so long hangs. */
const SILENCE_LIMIT_MS = 5000;
/** When the quotes have ended, messages must go on arriving until all is read. */
const DRAIN_LIMIT_MS = 10_000;
const WATCH_MS = 500;

/** The run could not be carried through; the message says which service failed and how. */
export class RunError extends Error {
  override readonly name = 'RunError';
  /** The quotes are to blame, not the system. */
  readonly badInput: boolean;

  constructor(message: string, badInput = false) {
    super(message);
    this.badInput = badInput;
  }
}

/**
 * One run of the pipeline: makes the folder for the segments, starts a process for each service of the configuration,
 * lets them go when all are attached, and waits until all have ended. If one fails, all are ended.
 *
 * The end travels with the messages: a producer that has written its last message says where that stands; when all
 * producers of a channel have, its consumers are told, read up to there, and end in their turn.
 */
export class PipelineRun {
  readonly services: readonly string[];
  /** The latest report of each service. */
  readonly reports = new Map<string, ServiceReport>();
  /** When the quotes began to flow, and when the last service had ended; `performance.now()`. */
  startedMs = 0;
  endedMs = 0;
  wasStopped = false;
  readonly #options: Options;
  readonly #config: ResolvedConfig;
  readonly #processes = new Map<string, ServiceProcess>();
  readonly #events: ServiceEvents;
  #settings: RunSettings | undefined;
  /** Processes that each service has had. */
  readonly lives = new Map<string, number>();
  readonly chaos: Chaos | undefined;
  /** What came of the chaos. */
  chaosAudit: ChaosAudit | undefined;
  readonly #ready = new Set<string>();
  readonly #done = new Set<string>();
  /** By channel: the producers that have not yet said where their last message stands. */
  readonly #writing: Map<string, Set<string>>;
  /** By channel: the sequence after the last message. */
  readonly #ends = new Map<string, number>();
  #failure: RunError | undefined;
  /** Called when a state was reached, or the run has failed. */
  #wake: () => void = () => undefined;
  #readBefore = 0;
  #movedMs = 0;

  constructor(config: ResolvedConfig, options: Options) {
    this.#config = config;
    this.#options = options;
    const channels = [...config.channels.values()];
    this.services = [...new Set(channels.flatMap(({ producers, consumers }) => [...producers, ...consumers]))];
    this.#writing = new Map(channels.map(({ name, producers }) => [name, new Set(producers)]));
    this.#events = this.#serviceEvents();
    const { chaosMs, seed } = options;
    if (chaosMs > 0) this.chaos = new Chaos(seed, chaosMs, this.services, (service) => this.#strike(service));
  }

  /** The services and their process ids, for people. */
  describeProcesses(): string {
    return [...this.#processes.values()].map(({ name, pid }) => `${name} (${pid})`).join(', ');
  }

  /**
   * Resolves when every service has ended in order; in any case nothing is left behind, no process and no file.
   *
   * @throws RunError when a service fails, dies or hangs
   */
  async complete(onStart: () => void, onReady: () => void): Promise<void> {
    const directory = this.#config.directory ?? (await makeDirectory());
    const directoryIsTemporary = this.#config.directory === undefined;
    const watch = setInterval(() => this.#watch(), WATCH_MS);
    const startLimit = setTimeout(() => this.#failUnready(), START_LIMIT_MS);
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      this.#start({ directory, directoryIsTemporary });
      onStart();
      await this.#until(() => this.#ready.size === this.services.length);
      clearTimeout(startLimit);
      this.startedMs = performance.now();
      onReady();
      for (const service of this.#processes.values()) service.send({ kind: 'go' });
      if (this.wasStopped) this.stop();
      else this.chaos?.start();
      await this.#until(() => this.#done.size === this.services.length);
      if (this.chaos !== undefined) this.chaosAudit = this.#auditChaos(directory, this.chaos);
    } finally {
      this.endedMs = performance.now();
      clearTimeout(startLimit);
      clearInterval(watch);
      this.chaos?.stop();
      await Promise.all([...this.#processes.values()].map((service) => service.kill()));
      if (directoryIsTemporary) await rm(directory, { recursive: true, force: true });
    }
  }

  /** Ends the quotes; what is under way is carried through. */
  stop(): void {
    this.wasStopped = true;
    this.chaos?.stop();
    for (const service of this.#processes.values()) service.send({ kind: 'stop' });
  }

  /** Gives the run up at once. The first reason is the one that counts: later ones follow from it. */
  abort(failure: Failure): void {
    this.#failure ??= new RunError(failure.reason, failure.badInput);
    this.#wake();
  }

  async #until(reached: () => boolean): Promise<void> {
    while (this.#failure === undefined && !reached()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #start(place: Pick<RunSettings, 'directory' | 'directoryIsTemporary'>): void {
    const { input, rate, durationMs, seed } = this.#options;
    const config = this.#config.source;
    this.#settings = { config, ...place, input, rate, durationMs, seed, isAlone: false, chaos: undefined };
    for (const service of this.services) this.#startService(service);
  }

  /** Starts a process of a service: its first, or the next in place of one that was killed. */
  #startService(service: string): void {
    if (this.#settings === undefined) return;
    const life = this.lives.get(service) ?? 0;
    this.lives.set(service, life + 1);
    const producers = Object.fromEntries([...this.#config.channels.values()].map((one) => [one.name, one.producers]));
    const chaos = this.chaos === undefined ? undefined : { life, producers };
    // who starts later has less time
    const elapsedMs = life === 0 ? 0 : performance.now() - this.startedMs;
    const { durationMs } = this.#settings;
    const settings = {
      ...this.#settings,
      chaos,
      durationMs: durationMs === 0 ? 0 : Math.max(1, durationMs - elapsedMs),
    };
    this.#processes.set(service, new ServiceProcess(service, settings, this.#events));
  }

  #serviceEvents(): ServiceEvents {
    return {
      ready: (service) => {
        this.#ready.add(service);
        if ((this.lives.get(service) ?? 0) > 1) this.#letGo(service);
        this.#wake();
      },
      progress: (report) => this.reports.set(report.service, report),
      ended: (service, channel, nextSequence) => this.#ended(service, channel, nextSequence),
      done: (report) => {
        this.reports.set(report.service, report);
        this.#done.add(report.service);
        this.#wake();
      },
      killed: (service) => {
        if (this.#failure === undefined) this.#startService(service);
      },
      failed: (service, { reason, badInput }) =>
        this.abort({ reason: badInput ? reason : `${service} ${reason}`, badInput }),
    };
  }

  /** Of a service that starts again while the others work; it may have missed that channels have ended. */
  #letGo(service: string): void {
    const restarted = this.#processes.get(service);
    restarted?.send({ kind: 'go' });
    if (this.wasStopped) restarted?.send({ kind: 'stop' });
    for (const [channel, writing] of this.#writing) {
      if (writing.size === 0 && this.#config.channels.get(channel)?.consumers.includes(service) === true)
        restarted?.send({ kind: 'end', channel, nextSequence: this.#ends.get(channel) ?? 0 });
    }
  }

  /** Kills a service that is at work; none any more when the quotes have ended. */
  #strike(service: string): boolean {
    const process = this.#processes.get(service);
    if (process === undefined || !this.#ready.has(service) || this.#ends.size > 0 || this.#failure !== undefined)
      return false;
    this.#ready.delete(service);
    process.strike();
    return true;
  }

  #auditChaos(directory: string, { kills }: Chaos): ChaosAudit {
    const consumers = [...this.reports.values()].flatMap(({ service, endpoints }) =>
      endpoints.filter(({ role }) => role === 'consumer').map((one) => ({ ...one, key: `${service} ${one.channel}` })),
    );
    const lost = new Map(consumers.map((one) => [one.key, one.lost]));
    const unread = new Map(consumers.map((one) => [one.key, one.lag]));
    return new ChaosAudit({ config: this.#config, directory, lives: this.lives, kills, lost, unread });
  }

  #ended(service: string, channel: string, nextSequence: number): void {
    const end = Math.max(this.#ends.get(channel) ?? 0, nextSequence);
    this.#ends.set(channel, end);
    this.#movedMs = performance.now();
    const writing = this.#writing.get(channel);
    writing?.delete(service);
    if (writing?.size !== 0) return;
    for (const consumer of this.#consumersOf(channel)) consumer.send({ kind: 'end', channel, nextSequence: end });
  }

  #consumersOf(channel: string): readonly ServiceProcess[] {
    const consumers: ResolvedChannel['consumers'] = this.#config.channels.get(channel)?.consumers ?? [];
    return [...this.#processes.values()].filter(({ name }) => consumers.includes(name));
  }

  #failUnready(): void {
    const missing = this.services.filter((service) => !this.#ready.has(service));
    this.abort({ reason: `not ready after ${START_LIMIT_MS / 1000} s: ${missing.join(', ')}`, badInput: false });
  }

  #watch(): void {
    if (this.startedMs === 0) return;
    const now = performance.now();
    const silent = [...this.#processes.values()].filter(
      ({ name, isRunning, lastHeardMs }) =>
        isRunning && now - lastHeardMs > (this.#ready.has(name) ? SILENCE_LIMIT_MS : START_LIMIT_MS),
    );
    if (silent.length > 0) {
      const names = silent.map(({ name, pid }) => `${name} (process ${pid})`).join(', ');
      this.abort({ reason: `no word for ${SILENCE_LIMIT_MS / 1000} s from ${names}`, badInput: false });
    }
    this.#watchDrain(now);
  }

  /** Once a channel has ended, something must move until all services are done: a lost message must not mean a hang. */
  #watchDrain(now: number): void {
    const endpoints = [...this.reports.values()].flatMap((report) => report.endpoints);
    const read = endpoints.reduce((sum, endpoint) => sum + total(endpoint), 0);
    if (read !== this.#readBefore) this.#movedMs = now;
    this.#readBefore = read;
    if (this.#ends.size === 0 || now - this.#movedMs < DRAIN_LIMIT_MS) return;
    const waiting = this.services.filter((service) => !this.#done.has(service));
    const reason = `nothing moved for ${DRAIN_LIMIT_MS / 1000} s after the last quote; not ended: ${waiting.join(', ')}`;
    this.abort({ reason, badInput: false });
  }
}

/** Private to this user and this run; in shared memory where there is any. */
function makeDirectory(): Promise<string> {
  return mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'alphapulse-demo-'));
}
