import { Worker } from 'node:worker_threads';
import { slotNamed } from '../channel/consumer-slot.js';
import { isSlotLocked } from '../channel/slot-locks.js';
import { consumerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { startTicking, type Ticking } from '../liveness/ticker.js';
import { journalError } from './journal-error.js';
import { packageFile } from '../platform/package-files.js';
import { RECORDER } from './recorder-name.js';
import type { RecorderTask } from './recorder-worker.js';
import type { JournalSettings } from './settings.js';

/** Beats between two tries after a thread that could not work. */
const BEATS_AFTER_FAILURE = 10;

/**
 * Sees to it that a channel is recorded as long as this process has it open: looks with every beat whether somebody holds
 * the recorder's token, and if nobody does starts a thread that takes it. Of several processes one gets it; when that one
 * dies, the kernel frees the token, and the next beat of another finds it free. Keeps no process alive.
 */
export class RecorderHost implements Ticking {
  readonly isUrgent = false;
  /** Why the last thread ended that did not end in order. */
  error: Error | undefined;
  private readonly segment: Segment;
  private readonly settings: JournalSettings;
  private readonly warn: (text: string) => void;
  /** What was told already that does not come anew with each try. */
  private told: string | undefined;
  private readonly stopTicking: () => void;
  private worker: Worker | undefined;
  private stop = new SharedArrayBuffer(4);
  private exited: Promise<void> | undefined;
  private beatsToWait = 0;

  /** `segment` is this host's own; it is closed with it. `warn` is told what does not go as it should, in words. */
  constructor(segment: Segment, settings: JournalSettings, warn: (text: string) => void) {
    this.segment = segment;
    this.settings = settings;
    this.warn = warn;
    this.stopTicking = startTicking(this);
    this.tick();
  }

  tick(): void {
    if (this.worker !== undefined || --this.beatsToWait > 0 || this.segment.isTruncated()) return;
    const slot = slotNamed(this.segment, RECORDER);
    if (slot !== undefined && isSlotLocked(this.segment, consumerSlotOffset(slot))) return;
    if (mayStartThreads()) this.start();
    else this.failed(forbidden(this.segment));
  }

  /** Ends its thread, if it has one, in order. */
  async close(): Promise<void> {
    this.stopTicking();
    new Int32Array(this.stop)[0] = 1;
    this.worker?.ref();
    await this.exited;
    this.segment.close();
  }

  private start(): void {
    const { segment, settings } = this;
    const { directory, channel } = segment;
    this.stop = new SharedArrayBuffer(4);
    const task: RecorderTask = { directory, channel, settings, stop: this.stop };
    let worker: Worker;
    try {
      worker = new Worker(packageFile('journal/recorder-worker.js'), { workerData: task, execArgv: [] });
    } catch (error) {
      this.failed(error as Error);
      return;
    }
    worker.on('error', (error) => this.failed(error));
    worker.on('message', (text: string) => this.warn(text));
    worker.unref();
    this.worker = worker;
    this.exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.worker = undefined;
        resolve();
      });
    });
  }

  private failed(error: Error): void {
    this.error = error;
    this.beatsToWait = BEATS_AFTER_FAILURE;
    if (error.message === this.told) return;
    this.told = error.message;
    this.warn(error.message);
  }
}

/** Whether Node's permission model, if it is on, lets this process start threads. */
function mayStartThreads(): boolean {
  // there only when the model is on
  const { permission } = process as { permission?: { has(scope: string): boolean } };
  return permission?.has('worker') ?? true;
}

/** Said before the ring is full, not when producers have come to a stop behind nobody. */
function forbidden({ channel, shape }: Segment): Error {
  const follows =
    shape.mode === 'DropOldest'
      ? 'what is overwritten until somebody records is missing in the journal'
      : 'until somebody records, producers come to a stop when the ring is full';
  return journalError(
    `channel ${channel} is to be recorded, but this process may start no thread for it: found Node's permission model without --allow-worker. Start it with --allow-worker, or run "apbus record" beside it; ${follows}`,
    channel,
  );
}
