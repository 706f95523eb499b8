import { BusError } from '../platform/bus-error.js';
import { Leadership, leaderPid } from './leader.js';
import type { Timers } from './timers.js';

/** How often a supervisor that stands by asks for the lead. */
const ASK_MS = 250;

/** Waits for the lead in a bus directory, until it has it or is stopped. */
export class LeadWait {
  private readonly directory: string;
  private readonly timers: Timers;
  private isStopped = false;
  private wake: () => void = () => undefined;

  constructor(directory: string, timers: Timers) {
    this.directory = directory;
    this.timers = timers;
  }

  /**
   * @throws BusError `ERR_SUPERVISOR_TAKEN` when another one leads, unless `standby` says to wait; `ERR_ABORTED` when it is
   * stopped meanwhile
   */
  async take(standby: boolean): Promise<Leadership> {
    for (;;) {
      if (this.isStopped) throw stoppedEarly();
      const leadership = Leadership.take(this.directory);
      if (leadership !== undefined) return leadership;
      if (!standby) throw this.taken();
      await new Promise<void>((resolved) => {
        const cancel = this.timers.after(ASK_MS, resolved);
        this.wake = () => {
          cancel();
          resolved();
        };
      });
    }
  }

  stop(): void {
    this.isStopped = true;
    this.wake();
  }

  private taken(): BusError {
    const pid = leaderPid(this.directory);
    const who = pid === undefined ? 'another process' : `process ${pid}`;
    const hint = 'stop that one, give this bus its own directory, or wait for the lead with --standby';
    return new BusError('ERR_SUPERVISOR_TAKEN', `${who} supervises in ${this.directory} already; ${hint}`);
  }
}

/** What a supervisor says that was stopped while it began. */
export function stoppedEarly(): BusError {
  return new BusError('ERR_ABORTED', 'it was stopped before it had started its services');
}
