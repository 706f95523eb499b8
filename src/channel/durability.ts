import { CONTROL, JournalState } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { systemClock } from '../platform/clock.js';
import { LoopSleep } from './loop-sleep.js';
import { refuseAborted, refuseClosed } from './producer-refusals.js';
import type { AsyncWaitOptions } from './space-wait.js';
import { checkTimeout } from './timeout.js';

const { at } = CONTROL;
/** A wait looks again after 1, 2, 4, 8, 8 ... ms: a disk takes that long. */
const LONGEST_LOOK_MS = 8;

/** Whether records of a channel ever come to be on the disk: `no` means that they are recorded, but never forced there. */
export type Durability = 'yes' | 'no' | undefined;

/** Resolves when the record with that sequence is on the disk. */
export async function waitUntilDurable(
  segment: Segment,
  durability: Durability,
  sequence: number,
  { signal, timeoutMs = Infinity }: AsyncWaitOptions,
  isClosed: () => boolean,
): Promise<void> {
  const { channel, control } = segment;
  checkTimeout(channel, timeoutMs);
  if (!Number.isSafeInteger(sequence) || sequence < 0) {
    const message = `channel ${channel}: a sequence is a whole number from 0, not ${String(sequence)}`;
    throw new BusError('ERR_INVALID_ARGUMENT', message, { channel });
  }
  refuseUnrecorded(channel, durability);
  const clock = systemClock();
  const deadlineNs = clock.monotonicNs() + timeoutMs * 1e6;
  const sleep = new LoopSleep();
  const wake = (): void => sleep.wake();
  signal?.addEventListener('abort', wake, { once: true });
  try {
    for (let lookMs = 1; ; lookMs = Math.min(lookMs * 2, LONGEST_LOOK_MS)) {
      refuseClosed(channel, isClosed());
      refuseAborted(channel, signal);
      const isDurable = control.loadFloat64Acquire(at.journalDurable) > sequence;
      refuseFailed(segment, sequence, isDurable);
      if (isDurable) return;
      const leftMs = (deadlineNs - clock.monotonicNs()) / 1e6;
      if (leftMs <= 0) throw overdue(segment, sequence, timeoutMs);
      await sleep.for(Math.min(lookMs, leftMs));
    }
  } finally {
    signal?.removeEventListener('abort', wake);
    sleep.close();
  }
}

function refuseUnrecorded(channel: string, durability: Durability): void {
  if (durability === 'yes') return;
  const found = durability === undefined ? 'is not recorded' : 'is recorded with fsync = "never"';
  const message = `channel ${channel} ${found}, so nothing of it is known to be on the disk; give it a persistence table with fsync = "interval" or "always"`;
  throw new BusError('ERR_JOURNAL', message, { channel });
}

/** What stands before the end of a gap may have been skipped: the journal alone knows which of them were. */
function refuseFailed({ channel, control }: Segment, sequence: number, isDurable: boolean): void {
  const state = control.loadVolatile(at.journalState);
  const hasFailed = !isDurable && (state === JournalState.STOPPED || state === JournalState.SKIPPING);
  const isMissing = sequence < control.getFloat64(at.journalUnbroken);
  if (!hasFailed && !isMissing) return;
  const why = isMissing
    ? 'it has skipped records'
    : `it cannot be written (errno ${control.getInt32(at.journalErrno)})`;
  const message = `channel ${channel}: record ${sequence} is not known to be in the journal: ${why}; bus.journal("${channel}") says how it does`;
  throw new BusError('ERR_JOURNAL', message, { channel });
}

function overdue({ channel, control }: Segment, sequence: number, timeoutMs: number): BusError {
  const durable = control.loadFloat64Acquire(at.journalDurable);
  const message = `channel ${channel}: record ${sequence} is not on the disk after ${timeoutMs} ms; all before ${durable} are`;
  return new BusError('ERR_TIMEOUT', message, { channel });
}
