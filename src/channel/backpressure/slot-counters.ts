import { PRODUCER_SLOT, producerSlotOffset } from '../../layout/schema.js';
import type { MappedBuffer } from '../../memory/mapped-buffer.js';

const { at } = PRODUCER_SLOT;

/** What has happened to the producers of a service on a channel, counted in their slot, over all their lives there. */
export interface ProducerStatistics {
  /** Times that the ring was found full. */
  readonly backpressure: number;
  /** Messages refused: too large, empty, or given up after waiting. */
  readonly rejected: number;
  /** Messages dropped because the ring was full (DropNewest). */
  readonly dropped: number;
  /** Writes held back (AdaptiveThrottle), and for how long in all, ns. */
  readonly throttled: number;
  readonly throttledNs: number;
  /** Writes refused because the breaker was open (CircuitBreaker). */
  readonly circuitOpen: number;
  /** Times that this producer saw the ring rise to the high-water mark. */
  readonly highWater: number;
}

/** The counters of one producer slot, which its producer alone writes. */
export class SlotCounters {
  private readonly control: MappedBuffer;
  private readonly base: number;

  constructor(control: MappedBuffer, slot: number) {
    this.control = control;
    this.base = producerSlotOffset(slot);
  }

  count(counter: keyof ProducerStatistics, by = 1): void {
    const offset = this.base + at[counter];
    this.control.putFloat64(offset, this.control.getFloat64(offset) + by);
  }

  read(): ProducerStatistics {
    const of = (counter: keyof ProducerStatistics): number => this.control.getFloat64(this.base + at[counter]);
    return {
      backpressure: of('backpressure'),
      rejected: of('rejected'),
      dropped: of('dropped'),
      throttled: of('throttled'),
      throttledNs: of('throttledNs'),
      circuitOpen: of('circuitOpen'),
      highWater: of('highWater'),
    };
  }
}
