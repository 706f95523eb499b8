import type { ResolvedService } from '../bus/config/index.js';
import type { Clock, WallClock } from '../platform/clock.js';
import type { ServiceEvent, ServiceLine, ServiceState, ServiceStatus } from './events.js';
import { RestartPolicy } from './restart-policy.js';
import type { Exit, ServiceProcess, Spawn } from './service-process.js';
import type { Timers } from './timers.js';

/** What a supervised service needs of the world. */
export interface Surroundings {
  readonly spawn: Spawn;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** Variables that every service gets. */
  readonly environment: (service: ResolvedService) => Readonly<Record<string, string>>;
  readonly onEvent: (event: ServiceEvent) => void;
  readonly onLine: (line: ServiceLine) => void;
  /** Called after every change of state. */
  readonly onChange: () => void;
}

type WithoutHead<Event> = Event extends unknown ? Omit<Event, 'timeMs' | 'service'> : never;

/** One service through all its lives: started, ended, started again after its delay, stopped, given up. */
export class SupervisedService {
  readonly settings: ResolvedService;
  state: ServiceState = 'stopped';
  /** Its channels were not all attached in time: nobody waits for it any more. */
  isLate = false;
  /** When its process was started, monotonic ms. */
  startedMs = 0;
  private readonly around: Surroundings;
  private readonly policy: RestartPolicy;
  private process: ServiceProcess | undefined;
  private restarts = 0;
  private lastExit: string | undefined;
  /** When it is started again, monotonic ms; undefined while no delay runs. */
  private nextStartMs: number | undefined;
  private cancelTimer: () => void = () => undefined;
  private startsAgain = false;
  private readonly stops: (() => void)[] = [];

  constructor(settings: ResolvedService, around: Surroundings) {
    this.settings = settings;
    this.around = around;
    this.policy = new RestartPolicy(settings);
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  get isRunning(): boolean {
    return this.process !== undefined;
  }

  status(): Omit<ServiceStatus, 'waitsFor'> {
    const { state, pid, restarts, lastExit, isLate } = this;
    const nowMs = this.nowMs();
    return {
      service: this.settings.name,
      state,
      pid,
      restarts,
      upMs: this.process === undefined ? undefined : Math.round(nowMs - this.startedMs),
      lastExit,
      ready: state === 'ready',
      late: state === 'starting' && isLate,
      nextStartMs: this.nextStartMs === undefined ? undefined : Math.max(0, Math.round(this.nextStartMs - nowMs)),
    };
  }

  /** Starts it, unless it runs. One that was given up gets all its chances again. */
  start(): void {
    if (this.process !== undefined) {
      if (this.state === 'stopping') this.startsAgain = true;
      return;
    }
    this.policy.forget();
    this.launch();
  }

  /** It waits for the services before it. */
  hold(): void {
    this.cancel();
    this.isLate = false;
    this.change('waiting');
  }

  /** Its endpoints are all there. */
  becomeReady(): void {
    if (this.state !== 'starting') return;
    // told first: what follows from it is told after it
    this.tell({ event: 'ready', pid: this.pid ?? 0, afterMs: Math.round(this.nowMs() - this.startedMs) });
    this.change('ready');
  }

  becomeLate(missing: readonly string[]): void {
    this.isLate = true;
    this.tell({ event: 'late', missing });
    this.around.onChange();
  }

  /** Ends it with SIGTERM, and with SIGKILL when that takes too long; resolves when it has ended. */
  stop(reason: string): Promise<void> {
    this.startsAgain = false;
    return this.end(reason);
  }

  /** Ends it and starts it again, at once. */
  async restart(reason: string): Promise<void> {
    if (this.process === undefined) {
      this.start();
      return;
    }
    this.startsAgain = true;
    await this.end(reason);
  }

  /** Ends it without asking; it stays ended. */
  kill(): void {
    if (this.process !== undefined) void this.stop('it is killed');
    this.process?.signal('SIGKILL');
  }

  private end(reason: string): Promise<void> {
    const { process, settings } = this;
    this.policy.forget();
    if (process === undefined) {
      this.cancel();
      if (this.state !== 'failed') this.change('stopped');
      return Promise.resolve();
    }
    const ended = new Promise<void>((resolve) => {
      this.stops.push(resolve);
    });
    if (this.state === 'stopping') return ended;
    this.change('stopping');
    this.tell({ event: 'stopping', reason });
    this.cancelTimer = this.around.timers.after(settings.stopTimeoutMs, () => {
      this.tell({ event: 'killed', afterMs: settings.stopTimeoutMs });
      this.signal(process, 'SIGKILL');
    });
    this.signal(process, 'SIGTERM');
    // one that is stopped by a signal gets SIGTERM only when it goes on
    process.signal('SIGCONT');
    return ended;
  }

  private signal(process: ServiceProcess, signal: NodeJS.Signals): void {
    if (!process.signal(signal)) this.tell({ event: 'denied', signal });
  }

  private launch(): void {
    this.cancel();
    this.isLate = false;
    this.startedMs = this.nowMs();
    const { settings, around } = this;
    const { name: service } = settings;
    // one that cannot be started ends before it is there
    const life: { hasEnded: boolean; pid: number | undefined } = { hasEnded: false, pid: undefined };
    const process = around.spawn(settings, around.environment(settings), {
      onLine: (stream, line) => around.onLine({ timeMs: around.wallClock.nowMs(), service, stream, line }),
      onExit: (exit) => {
        life.hasEnded = true;
        this.ended(exit, life.pid);
      },
    });
    if (life.hasEnded) return;
    life.pid = process.pid;
    this.process = process;
    this.change('starting');
    if (process.pid !== undefined) this.tell({ event: 'started', pid: process.pid });
  }

  private ended(exit: Exit, pid: number | undefined): void {
    const { code, signal, error } = exit;
    this.process = undefined;
    this.cancel();
    this.lastExit = describeExit(exit);
    const reason = error === undefined ? {} : { reason: error.message };
    this.tell({ event: 'exited', pid, code, signal, ...reason });
    const wasTold = this.state === 'stopping';
    for (const resolve of this.stops.splice(0)) resolve();
    if (wasTold) this.endedAsTold();
    else if (this.settings.autoRestart) this.startAgain();
    else this.change('stopped');
  }

  private endedAsTold(): void {
    if (this.startsAgain) {
      this.startsAgain = false;
      this.restarts += 1;
      this.launch();
      return;
    }
    this.change('stopped');
    this.tell({ event: 'stopped' });
  }

  private startAgain(): void {
    const nowMs = this.nowMs();
    const verdict = this.policy.ended(nowMs - this.startedMs, nowMs);
    if ('isLooping' in verdict) {
      const { crashLoopWindowMs } = this.settings;
      const reason = `it ended ${verdict.ends} times within ${crashLoopWindowMs} ms, last: ${this.lastExit}; see what it wrote, mend it, and start it again: apbus start ${this.settings.name}`;
      this.change('failed');
      this.tell({ event: 'failed', reason });
      return;
    }
    this.restarts += 1;
    this.nextStartMs = nowMs + verdict.delayMs;
    this.change('waiting');
    this.tell({ event: 'restarting', delayMs: verdict.delayMs, restarts: this.restarts });
    this.cancelTimer = this.around.timers.after(verdict.delayMs, () => this.launch());
  }

  /** Calls off what was to happen later. */
  private cancel(): void {
    this.cancelTimer();
    this.nextStartMs = undefined;
  }

  private change(state: ServiceState): void {
    if (this.state === state) return;
    this.state = state;
    this.around.onChange();
  }

  private tell(event: WithoutHead<ServiceEvent>): void {
    this.around.onEvent({
      timeMs: this.around.wallClock.nowMs(),
      service: this.settings.name,
      ...event,
    });
  }

  private nowMs(): number {
    return this.around.clock.monotonicNs() / 1e6;
  }
}

function describeExit({ code, signal, error }: Exit): string {
  if (error !== undefined) return error.message;
  return signal === null ? `exit code ${code}` : signal;
}
