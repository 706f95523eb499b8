import type { ResolvedService } from '#src/bus/config/index.js';
import type { ServiceEvent, ServiceLine } from '#src/supervisor/events.js';
import type { Exit, ProcessEvents, Spawn } from '#src/supervisor/service-process.js';
import type { Timers } from '#src/supervisor/timers.js';

export function serviceSettings(more: Partial<ResolvedService> = {}): ResolvedService {
  return {
    name: 'worker',
    command: ['work'],
    workingDirectory: '/',
    environment: {},
    autoRestart: true,
    restartDelayMs: 100,
    restartDelayMaxMs: 1000,
    stableAfterMs: 5000,
    crashLoopThreshold: 100,
    crashLoopWindowMs: 60_000,
    stopTimeoutMs: 2000,
    readyTimeoutMs: 0,
    hangTimeoutMs: 0,
    after: [],
    ...more,
  };
}

/** Time that goes on when a test says so; what is due happens in its order. */
export class FakeTime implements Timers {
  nowMs = 1000;
  private due: { atMs: number; work: () => void }[] = [];

  readonly clock = { monotonicNs: (): number => this.nowMs * 1e6 };
  readonly wallClock = { nowMs: (): number => this.nowMs };

  after(ms: number, work: () => void): () => void {
    const entry = { atMs: this.nowMs + ms, work };
    this.due.push(entry);
    return () => {
      this.due = this.due.filter((other) => other !== entry);
    };
  }

  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const [next] = this.due.filter(({ atMs }) => atMs <= endMs).sort((left, right) => left.atMs - right.atMs);
      if (next === undefined) break;
      this.due = this.due.filter((other) => other !== next);
      this.nowMs = next.atMs;
      next.work();
    }
    this.nowMs = endMs;
  }
}

/** A process that lives until a test, or a signal, ends it. */
export class FakeProcess {
  readonly signals: string[] = [];
  readonly pid: number;
  /** Whether it ends when it gets SIGTERM. */
  isObedient = true;
  /** Whether it takes signals from this user. */
  isOurs = true;
  private readonly events: ProcessEvents;
  private isOver = false;

  constructor(pid: number, events: ProcessEvents) {
    this.pid = pid;
    this.events = events;
  }

  signal(name: NodeJS.Signals): boolean {
    this.signals.push(name);
    if (!this.isOurs) return false;
    if (name === 'SIGKILL') this.end({ code: null, signal: 'SIGKILL' });
    else if (name === 'SIGTERM' && this.isObedient) this.end({ code: 0, signal: null });
    return true;
  }

  end(exit: Exit): void {
    if (this.isOver) return;
    this.isOver = true;
    this.events.onExit(exit);
  }
}

/** Greater than any number that a real process can have: nobody is ever sent a signal. */
const FIRST_PID = 1_000_000_000;

/** What a supervised service works with in a test, and all that it told. */
export class FakeWorld {
  readonly time = new FakeTime();
  readonly processes: FakeProcess[] = [];
  readonly told: ServiceEvent[] = [];
  readonly lines: ServiceLine[] = [];
  /** Whether new processes end when they get SIGTERM. */
  isObedient = true;
  /** Which service each process is of. */
  readonly owners: string[] = [];
  readonly spawn: Spawn = ({ name }, _environment, events) => {
    this.owners.push(name);
    const process = new FakeProcess(FIRST_PID + this.processes.length, events);
    process.isObedient = this.isObedient;
    this.processes.push(process);
    return process;
  };

  get around() {
    const { time, spawn, told, lines } = this;
    return {
      spawn,
      timers: time,
      clock: time.clock,
      wallClock: time.wallClock,
      environment: () => ({}),
      onEvent: (event: ServiceEvent) => void told.push(event),
      onLine: (line: ServiceLine) => void lines.push(line),
      onChange: () => undefined,
    };
  }

  get last(): FakeProcess {
    return this.processes.at(-1)!;
  }

  names(): string[] {
    return this.told.map(({ event }) => event);
  }
}
