import { rmSync } from 'node:fs';
import { BusError } from '../../platform/bus-error.js';
import { systemClock } from '../../platform/clock.js';
import { loadNative } from '../../platform/load-native.js';
import type { EndpointTask } from './endpoint-task.js';
import { StoreCountdown } from './kill-points.js';
import { LIVES_MAX, Life, Stage, type Ledger } from './ledger.js';

const RETRY_NS = 5_000_000;
const RETRIES_MAX = 6000;

/** The fate of this process, and the means to meet it. */
export class Mortality {
  readonly messages: number;
  private readonly task: EndpointTask;
  private readonly ledger: Ledger;
  private readonly countdown: StoreCountdown | undefined;

  constructor(task: EndpointTask, ledger: Ledger) {
    this.task = task;
    this.ledger = ledger;
    this.messages = task.fate.messages ?? Infinity;
    const stores = task.fate.stores ?? 0;
    if (this.is('while attaching', 'while closing', 'in a write', 'in a repair')) {
      this.countdown = new StoreCountdown(() => this.die());
    }
    this.checkParent();
    if (this.is('in a repair')) this.countdown?.armInRepairs(stores);
  }

  is(...kinds: EndpointTask['fate']['kind'][]): boolean {
    return kinds.includes(this.task.fate.kind);
  }

  /** Runs what the fate may strike, store by store, if it is of that kind. */
  during<Result>(kind: EndpointTask['fate']['kind'], work: () => Result): Result {
    if (this.countdown === undefined || !this.is(kind)) return work();
    this.countdown.arm(this.task.fate.stores ?? 0);
    try {
      return work();
    } finally {
      this.countdown.disarm();
    }
  }

  /** Ends this process at once, as by a kill from outside. */
  die(): never {
    const { role, life } = this.task;
    if (role === 'producer') this.ledger.put(life, Life.DIED_NS, systemClock().monotonicNs());
    for (;;) process.kill(process.pid, 'SIGKILL');
  }

  /** Stops this process until the storm continues it. */
  stop(): void {
    this.ledger.put(this.task.life, Life.STOPPED, systemClock().monotonicNs());
    process.kill(process.pid, 'SIGSTOP');
    this.ledger.put(this.task.life, Life.STOPPED, 0);
  }

  /**
   * Ends this process when the storm itself is gone. Others that it stopped are continued, so that they end too; the last
   * one leaves nothing behind.
   */
  checkParent(): void {
    if (process.ppid === this.task.parent) return;
    for (let life = 1; life < LIVES_MAX; life++) {
      const pid = this.ledger.get(life, Life.PID);
      if (pid > 0 && this.ledger.get(life, Life.STAGE) !== Stage.ENDED) continueProcess(pid);
    }
    rmSync(this.task.folderOfRun, { recursive: true, force: true });
    process.exit(1);
  }

  /** Attaches, waiting for whoever has the place. */
  attach<Endpoint>(open: () => Endpoint): Endpoint {
    for (let attempt = 0; ; attempt++) {
      try {
        return this.during('while attaching', open);
      } catch (error) {
        const isTaken = BusError.is(error, 'ERR_PRODUCER_TAKEN') || BusError.is(error, 'ERR_CONSUMER_TAKEN');
        if (!isTaken || attempt > RETRIES_MAX) throw error;
        this.checkParent();
        if (this.ledger.stop && this.task.role === 'producer' && this.task.lastMessages === 0) process.exit(0);
        loadNative().sleep(RETRY_NS);
      }
    }
  }
}

function continueProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // it has ended since
  }
}
