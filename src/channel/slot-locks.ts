import { constants } from 'node:os';
import { waitForLock } from '../layout/creation-lock.js';
import { CONTROL } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { loadNative } from '../platform/load-native.js';
import { systemError } from '../platform/system-error.js';

const { EAGAIN, EACCES } = constants.errno;

/**
 * Takes the token of a slot: the kernel's lock on its first byte, which lives exactly as long as this endpoint's open
 * file, whatever ends it. False when another endpoint holds it.
 */
export function lockSlot(segment: Segment, slotOffset: number): boolean {
  const result = loadNative().lockByte(segment.fd, slotOffset);
  if (result === 0) return true;
  if (result === -EAGAIN || result === -EACCES) return false;
  throw systemError(result, `take an endpoint's lock in channel ${segment.channel}`, segment.channel);
}

/** Runs `work` while no other endpoint of the channel attaches, detaches or reaps. */
export function withAttachLock<Result>(segment: Segment, work: () => Result): Result {
  const byte = CONTROL.at.attachLock;
  waitForLock(segment.fd, byte, `another process to attach to channel ${segment.channel}`);
  try {
    return work();
  } finally {
    loadNative().unlockByte(segment.fd, byte);
  }
}
