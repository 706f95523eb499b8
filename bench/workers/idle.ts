import type { Consumer, Producer } from 'alphapulse-bus';
import { nowNs, spinUntil } from '../run/worker.js';

/** What an endpoint does when there is nothing to read, or no room: `spin` keeps its processor, `wait` gives it up. */
export type Idle = 'spin' | 'wait';

/**
 * How long a spinning endpoint under load stays away from the ring. Who looks again at once takes the cache line away from
 * the other side, just when that one wants to write to it: with a pause the same ring is several times as fast. The C
 * reference gets the same number.
 */
export const PAUSE_NS = 3000;

function pause(): void {
  spinUntil(nowNs() + PAUSE_NS);
}

/** Writes, waiting for room as the strategy says. */
export function writerOf(producer: Producer, idle: Idle): (message: Uint8Array) => void {
  if (idle === 'wait') return (message) => void producer.write(message);
  return (message) => {
    while (producer.tryWrite(message) < 0) pause();
  };
}

/** Waits for messages as the strategy says: until there is one, or for one pause. */
export function waiterOf(consumer: Consumer, idle: Idle): () => void {
  return idle === 'wait' ? () => void consumer.waitSync(1000) : pause;
}
