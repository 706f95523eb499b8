import { spawn, type ChildProcess } from 'node:child_process';
import { systemClock } from '../../platform/clock.js';
import { packageFile } from '../../platform/package-files.js';
import type { EndpointTask } from './endpoint-task.js';
import type { Fate } from './fates.js';
import { Life, Stage, type Ledger } from './ledger.js';

const ENDPOINT = packageFile('cli/torture/endpoint.js');

/** How a process ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A place in the storm, which one process after the other takes. */
export interface Seat {
  readonly role: EndpointTask['role'];
  readonly service: string;
  /** How much longer than usual its processes live. */
  readonly patience: number;
}

/** One process of a storm, seen from the storm. */
export class Actor {
  readonly seat: Seat;
  readonly life: number;
  readonly fate: Fate;
  end: End | undefined;
  /** It was killed by the storm, not by itself; and how far it had come then. */
  struckAt: number | undefined;
  /** When it began to work; 0: not yet. */
  workingSinceNs = 0;
  /** When it was stopped last. */
  stoppedSinceNs = 0;
  /** It is stopped until then; 0: it is not. */
  stoppedUntilNs = 0;
  /** The last of the stops of its own that was dealt with. */
  mindedStopNs = 0;
  private readonly child: ChildProcess;
  private readonly ledger: Ledger;

  constructor(
    task: EndpointTask,
    seat: Seat,
    fate: Fate,
    ledger: Ledger,
    errors: number,
    onEnd: (actor: Actor) => void,
  ) {
    this.seat = seat;
    this.life = task.life;
    this.fate = fate;
    this.ledger = ledger;
    this.child = spawn(process.execPath, [ENDPOINT, JSON.stringify(task)], { stdio: ['ignore', 'ignore', errors] });
    const ended = (end: End): void => {
      if (this.end !== undefined) return;
      this.end = end;
      onEnd(this);
    };
    this.child.on('exit', (code, signal) => ended({ code, signal }));
    this.child.on('error', () => ended({ code: -1, signal: null }));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get stage(): number {
    return this.ledger.get(this.life, Life.STAGE);
  }

  /** It is attached, and at work. */
  get isWorking(): boolean {
    return this.end === undefined && (this.stage === Stage.WORKING || this.stage === Stage.CALLING);
  }

  get isStopped(): boolean {
    return this.stoppedUntilNs > 0;
  }

  /** When it stopped itself; 0: it did not, or has been continued since. */
  get stoppedItselfNs(): number {
    return this.ledger.get(this.life, Life.STOPPED);
  }

  /** Kills it, at once and without a word. */
  strike(): void {
    if (this.end !== undefined || this.struckAt !== undefined) return;
    this.struckAt = this.stage;
    this.ledger.put(this.life, Life.DIED_NS, systemClock().monotonicNs());
    this.child.kill('SIGKILL');
  }

  stop(): void {
    this.child.kill('SIGSTOP');
  }

  continue(): void {
    this.stoppedUntilNs = 0;
    this.child.kill('SIGCONT');
  }
}
