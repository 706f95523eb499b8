import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import { loadConfig, type BusConfig, type ResolvedConfig } from '../bus/config/index.js';
import { defaultDirectory } from '../layout/directory.js';
import { BusError } from '../platform/bus-error.js';
import { systemClock, systemWallClock, type Clock, type WallClock } from '../platform/clock.js';
import { nearest } from '../bus/config/suggest.js';
import { EndpointLook, expectedEndpoints } from './attachment.js';
import { openControl } from './control/control.js';
import type { ControlServer } from './control/server.js';
import type { ServiceEvent, ServiceLine, ServiceStatus } from './events.js';
import { LeadWait, stoppedEarly } from './lead-wait.js';
import type { Leadership } from './leader.js';
import { endLeftovers, findLeftovers } from './leftovers.js';
import { startGroups } from './service-order.js';
import { ServiceWatch } from './service-watch.js';
import { spawnService, type Spawn } from './service-process.js';
import { SupervisedService, type Surroundings } from './supervised-service.js';
import { systemTimers, type Timers } from './timers.js';

/** How often it looks at the services' endpoints: soon in the first seconds of one that is starting, else now and then. */
const LOOK_STARTING_MS = 20;
const STARTING_MS = 2000;
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
  readonly config: ResolvedConfig;
  private readonly options: SupervisorOptions;
  private readonly clock: Clock;
  private readonly timers: Timers;
  private readonly services = new Map<string, SupervisedService>();
  private readonly watches = new Map<string, ServiceWatch>();
  private leadership: Leadership | undefined;
  /** Services that are to start when those before them are ready. */
  private readonly held = new Set<string>();
  private isStartingHeld = false;
  /** Until then the lead is kept: the next supervisor would not know of them. */
  private leftoversEnd: Promise<void> | undefined;
  private readonly leadWait: LeadWait;
  private cancelLook: () => void = () => undefined;
  private finish: () => void = () => undefined;
  private isStopping = false;
  /** Whoever waits for a service looks again after each change. */
  private readonly onChanges = new Set<() => void>();
  /** They were asked to end, and wait to be asked to start. */
  private readonly endedByHand = new Set<string>();
  private control: Promise<ControlServer | undefined> | undefined;

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
    this.leadWait = new LeadWait(this.directory, timers);
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
        const place = { timeMs: wallClock.nowMs(), service: name, channel };
        this.emit('service', { ...place, event: 'endpoint', state, ...because });
      };
      this.watches.set(name, new ServiceWatch(service, expectedEndpoints(config, name), onEndpoint));
    }
  }

  /**
   * Takes the lead in the bus directory, ends what a killed leader left running, and starts all services; resolves when the
   * first ones are started.
   *
   * @throws BusError `ERR_SUPERVISOR_TAKEN` when another supervisor leads there, unless `standby` says to wait;
   * `ERR_ABORTED` when it is stopped meanwhile
   */
  async start(): Promise<void> {
    this.leadership = await this.leadWait.take(this.options.standby === true);
    const { services, held } = this;
    const longestMs = Math.max(...[...services.values()].map(({ settings }) => settings.stopTimeoutMs));
    const leftovers = findLeftovers(this.leadership.noted(), this.directory);
    this.leftoversEnd = endLeftovers(leftovers, longestMs, this.timers, (service, pid) =>
      this.emit('service', {
        timeMs: (this.options.wallClock ?? systemWallClock).nowMs(),
        service,
        event: 'stopping',
        reason: `process ${pid} was left by a supervisor that was killed`,
      }),
    );
    await this.leftoversEnd;
    if (this.isStopping) throw stoppedEarly();
    this.control = openControl(this, this.directory, this.timers);
    await this.control;
    if (this.isStopping) throw stoppedEarly();
    // first all of them wait: one that is not started yet is not one that has ended
    for (const service of services.values()) service.hold();
    for (const name of services.keys()) held.add(name);
    this.startHeld();
    this.lookLater();
  }

  status(): ServiceStatus[] {
    return [...this.services].map(([name, service]) => {
      const before = this.held.has(name) ? service.settings.after : [];
      return { ...service.status(), waitsFor: before.filter((earlier) => !this.isPast(earlier)) };
    });
  }

  /**
   * Starts a service that does not run, as soon as those before it are ready.
   *
   * @throws BusError `ERR_INVALID_ARGUMENT` for one that is not configured, `ERR_ABORTED` when the supervisor ends
   */
  startService(name: string): void {
    const service = this.serviceToStart(name);
    if (service.isRunning) service.start();
    else {
      service.hold();
      this.held.add(name);
      this.startHeld();
    }
    this.lookLater();
  }

  /** Ends a service, in order; it stays ended, and the supervisor goes on. @throws BusError `ERR_INVALID_ARGUMENT` */
  async stopService(name: string): Promise<void> {
    const service = this.serviceNamed(name);
    this.held.delete(name);
    if (service.state !== 'failed') this.endedByHand.add(name);
    await service.stop('it was asked for');
  }

  /** Ends a service in order, and starts it again at once. @throws BusError as `startService` */
  async restartService(name: string): Promise<void> {
    const service = this.serviceToStart(name);
    this.held.delete(name);
    const restarted = service.restart('a restart was asked for');
    this.lookLater();
    await restarted;
  }

  /** Resolves when a service that was started is ready or late, is given up, or has ended for good. */
  async settled(name: string): Promise<void> {
    this.serviceNamed(name);
    while (!this.isPast(name)) {
      await new Promise<void>((resolved) => {
        const look = (): void => {
          this.onChanges.delete(look);
          resolved();
        };
        this.onChanges.add(look);
      });
    }
  }

  /** These services in groups, each of which starts after those before it. @throws BusError `ERR_INVALID_ARGUMENT` */
  inStartOrder(names: readonly string[]): string[][] {
    for (const name of names) this.serviceNamed(name);
    const chosen = new Set(names);
    const after = new Map([...this.services].map(([name, { settings }]) => [name, settings.after]));
    const groups = startGroups(after).map((group) => group.filter((name) => chosen.has(name)));
    return groups.filter((group) => group.length > 0);
  }

  /** Ends all services, those that start last first. */
  async stop(reason: string = 'the supervisor ends'): Promise<void> {
    this.isStopping = true;
    this.held.clear();
    for (const group of this.inStartOrder([...this.services.keys()]).toReversed())
      await Promise.all(group.map((name) => this.serviceNamed(name).stop(reason)));
    this.cancelLook();
    this.leadWait.stop();
    await this.leftoversEnd;
    (await this.control)?.close();
    this.control = undefined;
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

  private environmentOf(name: string): Record<string, string> {
    const { config, directory } = this;
    const path = typeof this.options.config === 'object' ? {} : { APBUS_CONFIG: resolve(config.source) };
    return { APBUS_SERVICE: name, APBUS_DIRECTORY: directory, ...path };
  }

  private isPast(name: string): boolean {
    return this.watches.get(name)?.isPast === true;
  }

  private startHeld(): void {
    // what a start changes calls this again: the loop sees it
    if (this.isStartingHeld) return;
    this.isStartingHeld = true;
    for (let isOneStarted = true; isOneStarted;) {
      isOneStarted = false;
      for (const name of this.held) {
        const service = this.services.get(name)!;
        if (!service.settings.after.every((earlier) => this.isPast(earlier))) continue;
        this.held.delete(name);
        isOneStarted = true;
        service.start();
      }
    }
    this.isStartingHeld = false;
  }

  private changed(): void {
    for (const look of this.onChanges) look();
    if (this.leadership === undefined || this.isStopping) return;
    const running = [...this.services.values()].flatMap(({ settings: { name: service }, pid }) =>
      pid === undefined ? [] : [{ service, pid }],
    );
    this.leadership.note(running);
    this.startHeld();
    const isOver = [...this.services.values()].every(({ state }) => state === 'stopped' || state === 'failed');
    if (isOver && this.endedByHand.size === 0) this.finish();
  }

  private lookLater(): void {
    this.cancelLook();
    const sinceMs = this.clock.monotonicNs() / 1e6 - STARTING_MS;
    const isStarting = [...this.services.values()].some(
      ({ state, isLate, startedMs }) => state === 'starting' && !isLate && startedMs > sinceMs,
    );
    this.cancelLook = this.timers.after(isStarting ? LOOK_STARTING_MS : LOOK_MS, () => {
      const look = new EndpointLook(this.directory);
      const nowMs = this.clock.monotonicNs() / 1e6;
      for (const watch of this.watches.values()) watch.look(look, nowMs);
      this.lookLater();
    });
  }

  private serviceToStart(name: string): SupervisedService {
    const service = this.serviceNamed(name);
    if (this.isStopping) throw new BusError('ERR_ABORTED', `the supervisor ends; ${name} is not started any more`);
    this.endedByHand.delete(name);
    return service;
  }

  private serviceNamed(name: string): SupervisedService {
    const service = this.services.get(name);
    if (service !== undefined) return service;
    const names = [...this.services.keys()];
    const guess = nearest(name, names);
    const hint = guess === undefined ? '' : `did you mean "${guess}"? `;
    throw new BusError(
      'ERR_INVALID_ARGUMENT',
      `no service "${name}" is configured; ${hint}there are: ${names.join(', ')}`,
    );
  }
}
