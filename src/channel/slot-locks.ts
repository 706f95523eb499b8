import { constants } from 'node:os';
import { waitForLock } from '../layout/creation-lock.js';
import { CONTROL } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { loadNative } from '../platform/load-native.js';
import { systemError } from '../platform/system-error.js';

const { EAGAIN, EACCES } = constants.errno;
const { attachLock: ATTACH_LOCK, repairLock: REPAIR_LOCK } = CONTROL.at;

/**
 * Takes the token of a slot: the kernel's lock on its first byte, which lives exactly as long as this endpoint's open
 * file, whatever ends it. False when another endpoint holds it.
 */
export function lockSlot(segment: Segment, slotOffset: number): boolean {
  if (!lockByte(segment, slotOffset)) return false;
  segment.tokens.add(slotOffset);
  return true;
}

/** Gives the token of a slot back. */
export function unlockSlot(segment: Segment, slotOffset: number): void {
  segment.tokens.delete(slotOffset);
  loadNative().unlockByte(segment.fd, slotOffset);
}

/**
 * Whether anybody has the token of a slot: this attachment, whose own locks the kernel does not show it, or another. Of a
 * capture: whether anybody had it then.
 */
export function isSlotLocked(segment: Segment, slotOffset: number): boolean {
  if (segment.moment !== undefined) return segment.moment.locked.includes(slotOffset);
  return segment.tokens.has(slotOffset) || loadNative().isByteLocked(segment.fd, slotOffset) !== 0;
}

/**
 * Runs `work` while no other endpoint of the channel attaches or reaps; waits for that. Detaching takes no lock: it says
 * DETACHED before it gives the token up, and touches the slot no more afterwards. So whoever finds the token free and
 * looks at the state then, or takes the token, sees a slot that is left for good.
 *
 * @throws BusError `ERR_TIMEOUT` when another process, which must be stopped then, holds the lock for 10 seconds
 */
export function withAttachLock<Result>(segment: Segment, work: () => Result): Result {
  waitForLock(segment.fd, ATTACH_LOCK, `another process to attach to channel ${segment.channel}`);
  return unlocking(segment, ATTACH_LOCK, work);
}

/** The same without waiting: undefined, and `work` is not run, while somebody else holds the lock. */
export function tryWithAttachLock<Result>(segment: Segment, work: () => Result): Result | undefined {
  return lockByte(segment, ATTACH_LOCK) ? unlocking(segment, ATTACH_LOCK, work) : undefined;
}

/** Runs `work` while no other endpoint of the channel repairs; undefined, and it is not run, while another one does. */
export function tryWithRepairLock<Result>(segment: Segment, work: () => Result): Result | undefined {
  return lockByte(segment, REPAIR_LOCK) ? unlocking(segment, REPAIR_LOCK, work) : undefined;
}

function unlocking<Result>(segment: Segment, lock: number, work: () => Result): Result {
  try {
    return work();
  } finally {
    loadNative().unlockByte(segment.fd, lock);
  }
}

function lockByte(segment: Segment, offset: number): boolean {
  const result = loadNative().lockByte(segment.fd, offset);
  if (result === 0) return true;
  if (result === -EAGAIN || result === -EACCES) return false;
  throw systemError(result, `take a lock in channel ${segment.channel}`, segment.channel);
}
