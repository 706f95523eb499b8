import { slotNamed } from '../channel/consumer-slot.js';
import { isSlotLocked } from '../channel/slot-locks.js';
import { CONSUMER_SLOT, CONTROL, JournalState, consumerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { errnoName } from '../platform/system-error.js';
import { RECORDER } from './recorder-name.js';

/** How the journal of a channel does; the same for all processes. */
export interface JournalStatus {
  /**
   * - `recording`: all is well.
   * - `stopped`: it cannot write, and producers come to a stop behind it.
   * - `skipping`: it cannot write, and what passes meanwhile will be missing.
   * - `none`: nobody records the channel (at this moment).
   */
  readonly state: 'recording' | 'stopped' | 'skipping' | 'none';
  /** Why it cannot write: the name of an errno, such as `ENOSPC`, or `ERR_JOURNAL` when it is none of the system's. */
  readonly error: string | undefined;
  /** Sequence after the last record in the journal, and after the last one on the disk. */
  readonly written: number;
  readonly durable: number;
  /** Records that were overwritten before they were recorded. */
  readonly gaps: number;
  /** Times that it could not write. */
  readonly failures: number;
  /** The process that records, and its consumer slot. */
  readonly recorderPid: number | undefined;
}

const STATES: Readonly<Record<number, JournalStatus['state']>> = {
  [JournalState.RECORDING]: 'recording',
  [JournalState.STOPPED]: 'stopped',
  [JournalState.SKIPPING]: 'skipping',
};

/** What a segment says of its journal. */
export function journalStatus(segment: Segment): JournalStatus {
  const { control } = segment;
  const { at } = CONTROL;
  const slot = slotNamed(segment, RECORDER);
  const isAlive = slot !== undefined && isSlotLocked(segment, consumerSlotOffset(slot));
  const errno = control.getInt32(at.journalErrno);
  const state = isAlive ? (STATES[control.loadVolatile(at.journalState)] ?? 'none') : 'none';
  const hasFailed = state === 'stopped' || state === 'skipping';
  return {
    state,
    error: errno !== 0 ? errnoName(-errno) : hasFailed ? 'ERR_JOURNAL' : undefined,
    written: control.getFloat64(at.journalWritten),
    durable: control.getFloat64(at.journalDurable),
    gaps: control.getFloat64(at.journalGaps),
    failures: control.getFloat64(at.journalFailures),
    recorderPid: isAlive ? control.getInt32(consumerSlotOffset(slot) + CONSUMER_SLOT.at.pid) : undefined,
  };
}
