import { nameAt } from '../layout/control-block.js';
import { CONSUMER_SLOT, PRODUCER_SLOT, consumerSlotOffset, producerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { loadNative } from '../platform/load-native.js';
import { slowestConsumer } from '../ring/gating.js';
import { firstOpenClaim } from '../ring/open-claim.js';

/** What keeps a writer from going on, in words, and what to do about it. */
export interface Blocker {
  readonly who: string;
  readonly advice: string;
}

/** The error of a write that waited in vain for so long, with the blocker of this moment. */
export function stayedFull(segment: Segment, timeoutMs: number): BusError {
  const { channel } = segment;
  const { who, advice } = blockerOf(segment);
  return new BusError(
    'ERR_BACKPRESSURE',
    `channel ${channel} stayed full for ${timeoutMs} ms; it waits for ${who}. Nothing was written. ${advice}`,
    { channel },
  );
}

/**
 * Who holds the end of a full ring: the slowest consumer, or an open claim that even that one has come up to, or that
 * nobody reads. As of this moment: whoever it was may have let go already.
 */
function blockerOf(segment: Segment): Blocker {
  const { control } = segment;
  const consumer = slowestConsumer(segment);
  const base = consumerSlotOffset(consumer);
  const gate = consumer < 0 ? Infinity : control.loadFloat64Acquire(base + CONSUMER_SLOT.at.cursor);
  const claim = firstOpenClaim(segment);
  if (claim !== undefined && !(gate < claim.position)) return claimant(segment, claim.slot);
  if (consumer < 0) return { who: 'nobody any more', advice: 'Write it again' };
  const name = nameAt(control.view, base + CONSUMER_SLOT.at.name);
  return {
    who: `consumer "${name}" (process ${control.getInt32(base + CONSUMER_SLOT.at.pid)})`,
    advice: 'Make that consumer faster, the buffer larger, or write less',
  };
}

function claimant({ control, fd }: Segment, slot: number): Blocker {
  const base = producerSlotOffset(slot);
  const name = nameAt(control.view, base + PRODUCER_SLOT.at.name);
  const pid = control.getInt32(base + PRODUCER_SLOT.at.pid);
  if (loadNative().isByteLocked(fd, base) !== 0) {
    return {
      who: `an open claim of producer "${name}" (process ${pid}, alive)`,
      advice: 'That one must commit or abort its claims at once; consumers wait for it too',
    };
  }
  return {
    who: `a claim of producer "${name}" (process ${pid}, dead), which another process repairs`,
    advice: 'Write it again; if that one is stopped in the middle of it, let it go on or end it',
  };
}
