import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import { HEADER_BYTES } from '../layout/record.js';
import { RECORD, RecordKind } from '../layout/schema.js';
import { DEQUEUED_SCRATCH } from './producer-ring.js';

const SENT = RECORD.at.sentNs - HEADER_BYTES;
const RECEIVED = RECORD.at.receivedNs - HEADER_BYTES;
const KIND = RECORD.at.kind - HEADER_BYTES;
const PRODUCER = RECORD.at.producer - HEADER_BYTES;

/**
 * A message as a handler sees it, in place and without a copy. One object is reused for every message: it, and what it
 * points to, is valid until the handler returns. `copy()` keeps a message.
 *
 * `buffer` and `view` cover much more than the message: it stands at `offset`, `length` bytes long. They are read-only
 * memory: a store through them ends the process.
 *
 * @example
 * consumer.poll((message) => {
 *   const price = message.view.getFloat64(message.offset + 8, true);
 * });
 */
export class MessageView {
  buffer: Uint8Array;
  view: DataView;
  offset = 0;
  length = 0;
  /**
   * Gap-free count of the channel's records. A jump between two messages: so many were lost, or were aborted claims of an
   * MPSC or MPMC channel, which nobody lost.
   */
  sequence = 0;
  private readonly scratch: DataView;

  constructor(window: Pick<AtomicBuffer, 'bytes' | 'view'>, scratch: Pick<AtomicBuffer, 'view'>) {
    this.buffer = window.bytes;
    this.view = window.view;
    this.scratch = scratch.view;
  }

  /** The slot of the producer that wrote it. */
  get producerId(): number {
    return this.view.getInt32(this.offset + PRODUCER, true);
  }

  /**
   * When the producer called `write`, `tryWrite`, `writeAsync` or `tryClaim` (that, not `commit`), and for each message of a
   * `writeBatch` when its turn came: ns since the epoch, from a clock that is the same in all processes and never steps.
   * 0n without timestamps.
   */
  get producerSentNs(): bigint {
    return this.isStamped() ? this.view.getBigUint64(this.offset + SENT, true) : 0n;
  }

  /** When space in the ring was claimed; equal to `producerSentNs` when there was no wait. 0n without timestamps. */
  get busReceivedNs(): bigint {
    return this.isStamped() ? this.view.getBigUint64(this.offset + RECEIVED, true) : 0n;
  }

  /** When this consumer took it from the ring; local to the consumer. 0n without timestamps. */
  get consumerDequeuedNs(): bigint {
    return this.isStamped() ? this.scratch.getBigUint64(DEQUEUED_SCRATCH, true) : 0n;
  }

  /** From the producer's write to this consumer: `consumerDequeuedNs - producerSentNs`. No BigInt is made; 0 without timestamps. */
  get totalLatencyNs(): number {
    return this.isStamped() ? difference(this.scratch, DEQUEUED_SCRATCH, this.view, this.offset + SENT) : 0;
  }

  /** Waiting for space, in `write` or `writeAsync`: `busReceivedNs - producerSentNs`. */
  get busLatencyNs(): number {
    return this.isStamped() ? difference(this.view, this.offset + RECEIVED, this.view, this.offset + SENT) : 0;
  }

  /** Waiting in the ring: `consumerDequeuedNs - busReceivedNs`. */
  get queueLatencyNs(): number {
    return this.isStamped() ? difference(this.scratch, DEQUEUED_SCRATCH, this.view, this.offset + RECEIVED) : 0;
  }

  /** The payload as a view of its own. Allocates the view; valid until the handler returns. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(this.offset, this.offset + this.length);
  }

  /** The message with its own copy of the payload, to keep. */
  copy(): Message {
    return new Message(this);
  }

  private isStamped(): boolean {
    return this.view.getInt32(this.offset + KIND, true) === RecordKind.STAMPED;
  }
}

/** A message that was copied out of the ring: the same properties as {@link MessageView}, valid for ever. */
export class Message {
  readonly buffer: Uint8Array;
  readonly view: DataView;
  readonly offset = 0;
  readonly length: number;
  readonly sequence: number;
  readonly producerId: number;
  readonly producerSentNs: bigint;
  readonly busReceivedNs: bigint;
  readonly consumerDequeuedNs: bigint;
  readonly totalLatencyNs: number;
  readonly busLatencyNs: number;
  readonly queueLatencyNs: number;

  constructor(from: MessageView) {
    this.buffer = from.buffer.slice(from.offset, from.offset + from.length);
    this.view = new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.byteLength);
    this.length = from.length;
    this.sequence = from.sequence;
    this.producerId = from.producerId;
    this.producerSentNs = from.producerSentNs;
    this.busReceivedNs = from.busReceivedNs;
    this.consumerDequeuedNs = from.consumerDequeuedNs;
    this.totalLatencyNs = from.totalLatencyNs;
    this.busLatencyNs = from.busLatencyNs;
    this.queueLatencyNs = from.queueLatencyNs;
  }

  get bytes(): Uint8Array {
    return this.buffer;
  }

  /** A copy of its own, so that code written for views works on messages too. */
  copy(): Message {
    return this;
  }
}

/** u64 at one place minus u64 at another, as a number: exact while the difference is below 2^53 ns. */
function difference(later: DataView, laterOffset: number, earlier: DataView, earlierOffset: number): number {
  const high = later.getUint32(laterOffset + 4, true) - earlier.getUint32(earlierOffset + 4, true);
  return high * 2 ** 32 + (later.getUint32(laterOffset, true) - earlier.getUint32(earlierOffset, true));
}
