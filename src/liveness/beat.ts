import { CONSUMER_SLOT, CONSUMER_SLOTS_OFFSET, PRODUCER_SLOT } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';

/** Notes in the slots of the endpoints that were attached by way of this segment that their thread goes on. */
export function noteBeat({ control, tokens }: Segment, nowNs: number): void {
  for (const base of tokens) {
    const { heartbeatNs } = base >= CONSUMER_SLOTS_OFFSET ? CONSUMER_SLOT.at : PRODUCER_SLOT.at;
    control.putFloat64(base + heartbeatNs, nowNs);
  }
}
