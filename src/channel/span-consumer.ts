import { CommittedSpan } from '../ring/committed-span.js';
import type { Segment } from '../layout/segment.js';
import { Consumer } from './consumer.js';
import type { ConsumerSettings } from './consumer-settings.js';

/** Receives whole records as they stand in the ring, and where they belong; both valid until it returns. */
export type SpanHandler = (records: Uint8Array, span: CommittedSpan) => void;

/** A consumer that takes records by the stretch, headers and all, without touching each: for the journal. */
export class SpanConsumer extends Consumer {
  private readonly span: CommittedSpan;
  /** Of one that can be overtaken: what it has taken out of the ring. */
  private copied = new Uint8Array(0);

  constructor(segment: Segment, settings: ConsumerSettings) {
    super(segment, settings);
    this.span = new CommittedSpan(segment);
  }

  /**
   * Hands the next stretch of committed records over, up to `limitBytes` (or one record), and returns how many; 0 when
   * there is none. The cursor moves after the handler returned: if it throws, the same records come again.
   *
   * @throws whatever the handler, or `onGap`, throws; BusError `ERR_CLOSED`, `ERR_CORRUPT`
   */
  pollSpan(handler: SpanHandler, limitBytes: number): number {
    if (this.polling || this.ring.closed) this.refuse();
    this.polling = true;
    try {
      const count = this.takeSpan(handler, limitBytes);
      if (count === 0) this.afterVainPolls();
      return count;
    } finally {
      this.endPoll();
    }
  }

  private takeSpan(handler: SpanHandler, limitBytes: number): number {
    const { ring, span } = this;
    if (ring.gaps.isAny) ring.gaps.tell();
    // overtaken, there is something to read all the same: at the oldest record
    if (!ring.ready() || (ring.goOnIfOvertaken() && !ring.ready())) return 0;
    const place = { position: ring.position, sequence: ring.nextSequence };
    if (!span.measure(place, limitBytes, () => ring.goOnIfOvertaken())) return 0;
    const { window, offset, bytes } = span;
    const inPlace = window.bytes.subarray(offset, offset + bytes);
    const records = ring.canBeOvertaken ? this.copyOf(inPlace) : inPlace;
    if (ring.goOnIfOvertaken()) return 0;
    handler(records, span);
    ring.pass(span.count, bytes);
    return span.count;
  }

  private copyOf(records: Uint8Array): Uint8Array {
    if (this.copied.length < records.length) this.copied = new Uint8Array(records.length);
    this.copied.set(records);
    return this.copied.subarray(0, records.length);
  }
}
