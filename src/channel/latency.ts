import { consumerHistogram, histogramIndex, producerHistogram } from '../layout/histogram.js';
import { HEADER_BYTES } from '../layout/record.js';
import { HISTOGRAM, RECORD, RecordKind } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import type { MappedBuffer } from '../memory/mapped-buffer.js';
import type { MessageHandler, RecordConsumer } from '../ring/record-consumer.js';
import type { MessageView } from '../ring/message-view.js';
import { DEQUEUED_SCRATCH } from '../ring/producer-ring.js';

const { sumNs: SUM, maxNs: MAX, counts: COUNTS } = HISTOGRAM.at;
/** Where in the scratch memory the stamps of a sample stand: beside those of the ring, in the same lines. */
const BEGIN = 16;
const END = 80;
/** From a message's payload. */
const SENT = RECORD.at.sentNs - HEADER_BYTES;
const RECEIVED = RECORD.at.receivedNs - HEADER_BYTES;
const KIND = RECORD.at.kind - HEADER_BYTES;

/** Counts the times between two stamps in a histogram of the segment. No number leaves a call: it would be garbage. */
class LatencyHistogram {
  private readonly control: MappedBuffer;
  private readonly base: number;

  constructor(control: MappedBuffer, base: number) {
    this.control = control;
    this.base = base;
  }

  /** Two stamps, as offsets of u64 ns. */
  record(earlier: DataView, earlierOffset: number, later: DataView, laterOffset: number): void {
    const { control, base } = this;
    const high = later.getUint32(laterOffset + 4, true) - earlier.getUint32(earlierOffset + 4, true);
    const low = later.getUint32(laterOffset, true) - earlier.getUint32(earlierOffset, true);
    const ns = Math.max(0, high * 2 ** 32 + low);
    const count = base + COUNTS + histogramIndex(ns) * 8;
    control.putFloat64(count, control.getFloat64(count) + 1);
    control.putFloat64(base + SUM, control.getFloat64(base + SUM) + ns);
    if (ns > control.getFloat64(base + MAX)) control.putFloat64(base + MAX, ns);
  }
}

/** Times one in so many of a producer's writes. */
export class WriteLatency {
  /** One write in so many. */
  readonly every: number;
  private readonly scratch: MappedBuffer;
  private readonly histogram: LatencyHistogram;

  private constructor(segment: Segment, base: number, every: number) {
    this.every = every;
    this.scratch = segment.scratch;
    this.histogram = new LatencyHistogram(segment.control, base);
  }

  /** Undefined when nothing is to be timed, or the slot has no histogram. */
  static of(segment: Segment, slot: number, every: number): WriteLatency | undefined {
    const base = producerHistogram(segment.shape.type, slot);
    return every > 0 && base >= 0 ? new WriteLatency(segment, base, every) : undefined;
  }

  begin(): void {
    this.scratch.stamp(BEGIN);
  }

  end(): void {
    const { scratch } = this;
    scratch.stamp(END);
    this.histogram.record(scratch.view, BEGIN, scratch.view, END);
  }
}

/** A ring, or what stands before it. */
type Source = Pick<RecordConsumer, 'poll'>;

/** Times one in so many of the messages of a consumer: how long they were under way, and how long its handler takes. */
export class ReadLatency {
  private readonly every: number;
  /** The sequence from which on the next one is due. */
  private dueAt: number;
  private readonly take: MessageHandler;
  private handler: MessageHandler | undefined;

  private constructor(segment: Segment, slot: number, every: number, dueAt: number) {
    this.every = every;
    this.dueAt = dueAt;
    const { scratch, control, shape } = segment;
    const of = (latency: Parameters<typeof consumerHistogram>[2]): LatencyHistogram =>
      new LatencyHistogram(control, consumerHistogram(shape.type, slot, latency));
    const [queue, total, handling] = [of('queue'), of('total'), of('handling')];
    this.take = (message: MessageView): void => {
      const { view, offset } = message;
      if (view.getInt32(offset + KIND, true) === RecordKind.STAMPED) {
        queue.record(view, offset + RECEIVED, scratch.view, DEQUEUED_SCRATCH);
        total.record(view, offset + SENT, scratch.view, DEQUEUED_SCRATCH);
      }
      scratch.stamp(BEGIN);
      this.handler!(message);
      scratch.stamp(END);
      handling.record(scratch.view, BEGIN, scratch.view, END);
    };
  }

  /** As {@link RecordConsumer.poll}; every so many messages one by one, with the clock on both sides of the handler. */
  poll(source: Source, ring: RecordConsumer, handler: MessageHandler, limit: number): number {
    let delivered = 0;
    while (delivered < limit && !ring.closed) {
      const before = Math.min(limit - delivered, this.dueAt - ring.nextSequence);
      const wanted = before > 0 ? before : 1;
      const got = before > 0 ? source.poll(handler, wanted) : this.pollOne(source, handler);
      if (before <= 0 && got > 0) this.dueAt = ring.nextSequence + this.every - 1;
      delivered += got;
      if (got < wanted) break;
    }
    return delivered;
  }

  private pollOne(source: Source, handler: MessageHandler): number {
    this.handler = handler;
    try {
      return source.poll(this.take, 1);
    } finally {
      this.handler = undefined;
    }
  }

  /** Undefined when nothing is to be timed, or the slot has no histograms. */
  static of(segment: Segment, slot: number, every: number, sequence: number): ReadLatency | undefined {
    const isMeasured = every > 0 && consumerHistogram(segment.shape.type, slot, 'queue') >= 0;
    return isMeasured ? new ReadLatency(segment, slot, every, sequence) : undefined;
  }
}
