import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import { SENT_SCRATCH } from '../ring/producer-ring.js';

/** When a call that must wait for room was made, as the two halves of a stamp: several may wait at the same time. */
export interface TimeOfCall {
  readonly low: number;
  readonly high: number;
}

export function timeOfCall(scratch: AtomicBuffer): TimeOfCall {
  scratch.stamp(SENT_SCRATCH);
  return { low: scratch.getInt32(SENT_SCRATCH), high: scratch.getInt32(SENT_SCRATCH + 4) };
}

/** Puts it where the ring looks for it when it writes the message. */
export function putTimeOfCall(scratch: AtomicBuffer, { low, high }: TimeOfCall): void {
  scratch.putInt32(SENT_SCRATCH, low);
  scratch.putInt32(SENT_SCRATCH + 4, high);
}
