import type { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';

/*
 * What somebody did to a segment's file under those who have it mapped. Endpoints notice when they have waited in vain,
 * which is when it matters and costs nothing; those who look on ask before each look.
 */

/**
 * Throws when the file was cut off: its pages are gone, and the kernel ends a process that touches them (SIGBUS). So
 * ask after a sleep, before anything is read. The mapping is ended here, and reads zeros from then on.
 */
export function refuseTruncated(segment: Segment): void {
  if (!segment.isTruncated()) return;
  segment.close();
  throw lost(segment, 'was truncated while it was in use', 'Stop its processes, remove the file and start them again');
}

/** Throws {@link removal}, if there is one. */
export function refuseRemoved(segment: Segment): void {
  const error = removal(segment);
  if (error !== undefined) throw error;
}

/** The error when the file has no name any more: those inside still reach each other, but nobody else reaches them. */
export function removal(segment: Segment): BusError | undefined {
  if (segment.isLinked()) return undefined;
  return lost(
    segment,
    'was removed: whoever came after that uses a new one, and is not heard here',
    'Close this endpoint and open another one, in all processes of the channel',
  );
}

function lost({ channel }: Segment, what: string, advice: string): BusError {
  return new BusError('ERR_CORRUPT', `channel ${channel}: its segment ${what}. ${advice}`, { channel });
}
