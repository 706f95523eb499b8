import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import { loadConfig, type BusConfig, type ResolvedConfig } from '../bus/config/index.js';
import { defaultDirectory } from '../layout/directory.js';
import { BusError } from '../platform/bus-error.js';
import { systemClock, systemWallClock, type Clock, type WallClock } from '../platform/clock.js';
import { EndpointLook, expectedEndpoints } from './attachment.js';
import type { ServiceEvent, ServiceLine, ServiceStatus } from './events.js';
import { Leadership, leaderPid } from './leader.js';
import { endLeftovers } from './leftovers.js';
import { ServiceWatch } from './service-watch.js';
import { spawnService, type Spawn } from './service-process.js';
import { SupervisedService, type Surroundings } from './supervised-service.js';
import { systemTimers, type Timers } from './timers.js';

/** How often it looks at the services' endpoints: soon while one is starting, else now and then. */
const LOOK_STARTING_MS = 20;
const LOOK_MS = 250;

export interface SupervisorOptions {
  /** Path of a TOML file, or the same as an object. Default: `config/message_bus.toml`. */
  config?: string | BusConfig;
  /** Where the segments live; goes before the configuration's. */
  directory?: string;
  /** Wait for the lead when another supervisor has it, instead of failing. Default false. */
  standby?: boolean;
  clock?: Clock;
  wallClock?: WallClock;
  timers?: Timers;
  spawn?: Spawn;
}

interface SupervisorEvents {
  service: [ServiceEvent];
  line: [ServiceLine];
}

/**
 * Runs the services of a configuration: starts them in order, starts those again that end, watches whether they are
 * attached and make progress, and ends them in order.
 *
 * It emits `service` for all that happens to them, and `line` for each line that they write.
 *
 * @example
 * await using supervisor = await Supervisor.open({ config: 'config/message_bus.toml' });
 * supervisor.on('line', ({ service, line }) => console.log(`${service}: ${line}`));
 * await supervisor.start();
 * await supervisor.ended;
 */
export class Supervisor extends EventEmitter<SupervisorEvents> implements AsyncDisposable {
  readonly directory: string;
  /** Resolves when no service runs any more, nor will by itself. */
  readonly ended: Promise<void>;
  private readonly config: ResolvedConfig;
  private readonly options: SupervisorOptions;
  private readonly clock: Clock;
  private readonly timers: Timers;
  private readonly services = new Map<string, SupervisedService>();
  private readonly watches = new Map<string, ServiceWatch>();
  private leadership: Leadership | undefined;
  /** Services that are to start when those before them are ready. */
  private readonly held = new Set<string>();
  /** Until then the lead is kept: the next supervisor would not know of them. */
  private leftoversEnd: Promise<void> | undefined;
  private stopWaiting: () => void = () => undefined;
  private cancelLook: () => void = () => undefined;
  private finish: () => void = () => undefined;
  private isStopping = false;

  /**
   * Reads the configuration. Nothing is started yet.
   *
   * @throws BusError `ERR_CONFIG`, also for a configuration without services
   */
  static async open(options: SupervisorOptions = {}): Promise<Supervisor> {
    const config = await loadConfig(options.config);
    if (config.services.size > 0) return new Supervisor(config, options);
    const expected = 'a table [services.NAME] with a command for each service that is to run';
    throw new BusError('ERR_CONFIG', `${config.source}: found no services, expected ${expected}`);
  }

  private constructor(config: ResolvedConfig, options: SupervisorOptions) {
    super();
    const { clock = systemClock(), wallClock = systemWallClock, timers = systemTimers, spawn = spawnService } = options;
    this.config = config;
    this.options = options;
    this.clock = clock;
    this.timers = timers;
    this.directory = resolve(options.directory ?? config.directory ?? defaultDirectory());
    this.ended = new Promise((resolved) => {
      this.finish = resolved;
    });
    const around: Surroundings = {
      spawn,
      timers,
      clock,
      wallClock,
      environment: ({ name }) => this.environmentOf(name),
      onEvent: (event) => this.emit('service', event),
      onLine: (line) => this.emit('line', line),
      onChange: () => this.changed(),
    };
    for (const [name, settings] of config.services) {
      const service = new SupervisedService(settings, around);
      this.services.set(name, service);
      const onEndpoint = (channel: string, state: string, reason: string | undefined): void => {
        const because = reason === undefined ? {} : { reason };
        const event = {
          timeMs: wallClock.nowMs(),
          service: name,
          event: 'endpoint',
          channel,
          state,
          ...because,
        } as const;
        this.emit('service', event);
      };
      this.watches.set(name, new ServiceWatch(service, expectedEndpoints(config, name), onEndpoint));
    }
  }

  /**
   * Takes the lead in the bus directory, ends what a killed leader left running, and starts all services; resolves when the
   * first ones are started.
   *
   * @throws BusError `ERR_RESOURCES` when another supervisor leads there, unless `standby` says to wait;
   * `ERR_ABORTED` when it is stopped meanwhile
   */
  async start(): Promise<void> {
    this.leadership = await this.lead();
    const { services, held } = this;
    const longestMs = Math.max(...[...services.values()].map(({ settings }) => settings.stopTimeoutMs));
    this.leftoversEnd = endLeftovers(this.leadership.leftovers(), longestMs, this.timers, (service, pid) =>
      this.emit('service', {
        timeMs: (this.options.wallClock ?? systemWallClock).nowMs(),
        service,
        event: 'stopping',
        reason: `process ${pid} was left by a supervisor that was killed`,
      }),
    );
    await this.leftoversEnd;
    if (this.isStopping) throw stoppedEarly();
    // first all of them wait: one that is not started yet is not one that has ended
    for (const service of services.values()) service.hold();
    for (const name of services.keys()) held.add(name);
    this.startHeld();
    this.lookLater();
  }

  status(): ServiceStatus[] {
    return [...this.services.values()].map((service) => service.status());
  }

  /** Starts a service that does not run. @throws BusError `ERR_INVALID_ARGUMENT` for one that is not configured */
  startService(name: string): void {
    this.serviceNamed(name).start();
    this.lookLater();
  }

  /** Ends a service, in order; it stays ended. */
  async stopService(name: string): Promise<void> {
    this.held.delete(name);
    await this.serviceNamed(name).stop('it was asked for');
  }

  /** Ends a service in order, and starts it again at once. */
  async restartService(name: string): Promise<void> {
    const restarted = this.serviceNamed(name).restart('a restart was asked for');
    this.lookLater();
    await restarted;
  }

  /** Ends all services, those that start last first. */
  async stop(reason: string = 'the supervisor ends'): Promise<void> {
    this.isStopping = true;
    this.held.clear();
    const left = new Set(this.services.keys());
    while (left.size > 0) {
      const last = [...left].filter((name) => ![...left].some((other) => this.startsAfter(other, name)));
      await Promise.all(last.map((name) => this.serviceNamed(name).stop(reason)));
      for (const name of last) left.delete(name);
    }
    this.cancelLook();
    this.stopWaiting();
    await this.leftoversEnd;
    this.leadership?.release();
    this.leadership = undefined;
    this.finish();
  }

  /** Kills all services at once. */
  kill(): void {
    for (const service of this.services.values()) service.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async lead(): Promise<Leadership> {
    const { directory, options } = this;
    for (;;) {
      if (this.isStopping) throw stoppedEarly();
      const leadership = Leadership.take(directory);
      if (leadership !== undefined) return leadership;
      if (options.standby !== true) {
        const pid = leaderPid(directory);
        const who = pid === undefined ? 'another process' : `process ${pid}`;
        const hint = 'stop that one, give this bus its own directory, or wait for the lead with --standby';
        throw new BusError('ERR_RESOURCES', `${who} supervises in ${directory} already; ${hint}`);
      }
      await new Promise<void>((resolved) => {
        const cancel = this.timers.after(LOOK_MS, resolved);
        this.stopWaiting = () => {
          cancel();
          resolved();
        };
      });
    }
  }

  private environmentOf(name: string): Record<string, string> {
    const { config, directory } = this;
    const path = typeof this.options.config === 'object' ? {} : { APBUS_CONFIG: resolve(config.source) };
    return { APBUS_SERVICE: name, APBUS_DIRECTORY: directory, ...path };
  }

  private startsAfter(name: string, other: string): boolean {
    return this.services.get(name)?.settings.after.includes(other) === true;
  }

  private startHeld(): void {
    for (const name of this.held) {
      const service = this.services.get(name)!;
      if (!service.settings.after.every((earlier) => this.watches.get(earlier)?.isPast === true)) continue;
      this.held.delete(name);
      service.start();
    }
  }

  private changed(): void {
    if (this.leadership === undefined || this.isStopping) return;
    const running = [...this.services.values()].flatMap(({ settings: { name: service }, pid }) =>
      pid === undefined ? [] : [{ service, pid }],
    );
    this.leadership.note(running);
    this.startHeld();
    const isOver = [...this.services.values()].every(({ state }) => state === 'stopped' || state === 'failed');
    if (isOver) this.finish();
  }

  private lookLater(): void {
    this.cancelLook();
    const isStarting = [...this.services.values()].some(({ state, isLate }) => state === 'starting' && !isLate);
    this.cancelLook = this.timers.after(isStarting ? LOOK_STARTING_MS : LOOK_MS, () => {
      const look = new EndpointLook(this.directory);
      const nowMs = this.clock.monotonicNs() / 1e6;
      for (const watch of this.watches.values()) watch.look(look, nowMs);
      this.lookLater();
    });
  }

  private serviceNamed(name: string): SupervisedService {
    const service = this.services.get(name);
    if (service !== undefined) return service;
    const names = [...this.services.keys()].join(', ');
    throw new BusError('ERR_INVALID_ARGUMENT', `no service "${name}" is configured; there are: ${names}`);
  }
}

function stoppedEarly(): BusError {
  return new BusError('ERR_ABORTED', 'it was stopped before it had started its services');
}
