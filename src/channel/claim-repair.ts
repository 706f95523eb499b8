import { CONTROL, PRODUCER_SLOTS, producerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { systemClock, type Clock } from '../platform/clock.js';
import { openClaimOf } from '../ring/open-claim.js';
import type { RecordConsumer } from '../ring/record-consumer.js';
import { repairClaim } from '../ring/repair.js';
import { isSlotLocked, tryWithRepairLock } from './slot-locks.js';

/*
 * Who waits in vain looks whether a claim stands in the way whose producer is dead, and ends it. Dead is a producer whose
 * token nobody holds, and nobody else: however long a claim has been open, a stopped or slow producer keeps it. The
 * kernel's lock on one byte lets one endpoint repair at a time, and falls free when that one dies; nobody waits for it.
 */

const REPAIRS = CONTROL.at.repairs;

/** So often, at most, somebody asks the kernel whether the producer of the open claim that it waits for lives. */
export const CLAIM_LOOK_NS = 4e6;

/** Repairs the claim at a consumer's cursor, if there is one and its producer is dead; whether it did. */
export function repairAtCursor(segment: Segment, ring: RecordConsumer): boolean {
  const slot = ring.claimant();
  return slot >= 0 && repairDeadClaim(segment, slot);
}

/**
 * The same for a consumer that polls: it may come every few nanoseconds, or every few milliseconds. The clock is read, and
 * the kernel asked, only where a claim is open, and that every 4 ms at most.
 */
export class RepairWhilePolling {
  private lookedNs = -Infinity;

  look(segment: Segment, ring: RecordConsumer, clock: Clock = systemClock()): void {
    if (ring.claimant() < 0) return;
    const now = clock.monotonicNs();
    if (now - this.lookedNs < CLAIM_LOOK_NS) return;
    this.lookedNs = now;
    repairAtCursor(segment, ring);
  }
}

/** Repairs all claims of dead producers; how many. */
export function repairDeadClaims(segment: Segment): number {
  if (segment.claims.byteLength === 0) return 0;
  let repaired = 0;
  for (let slot = 0; slot < PRODUCER_SLOTS; slot++) {
    if (repairDeadClaim(segment, slot)) repaired++;
  }
  return repaired;
}

/** In this order: the claim, then the token, then the claim again. So it is the claim's owner whose token was free. */
function repairDeadClaim(segment: Segment, slot: number): boolean {
  const claim = openClaimOf(segment, slot);
  const token = producerSlotOffset(slot);
  if (claim === undefined || isSlotLocked(segment, token)) return false;
  const repair = (): boolean => {
    if (isSlotLocked(segment, token) || !segment.withWritableRing((storage) => repairClaim(storage, claim)))
      return false;
    segment.control.putFloat64(REPAIRS, segment.control.getFloat64(REPAIRS) + 1);
    return true;
  };
  return tryWithRepairLock(segment, repair) ?? false;
}
