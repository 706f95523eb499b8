import { hasClaims } from '../layout/geometry.js';
import { CONTROL, PRODUCER_SLOT, producerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import type { MappedBuffer } from '../memory/mapped-buffer.js';
import type { BusError } from '../platform/bus-error.js';
import { BACKPRESSURE, CLOSED } from '../ring/codes.js';
import { gatingPosition } from '../ring/gating.js';
import { locateTail } from '../ring/join.js';
import { MultiProducerRing } from '../ring/multi-producer.js';
import type { ProducerRing } from '../ring/producer-ring.js';
import { SingleProducerRing } from '../ring/single-producer.js';
import { stayedFull } from './blocker.js';
import { Claim } from './claim.js';
import type { IdleStrategy } from './idle.js';
import { removal } from './lost-segment.js';
import { lengthFault, messageFault } from './message-bytes.js';
import { refuseAborted, refuseClaimed, refuseClosed } from './producer-refusals.js';
import {
  lostSlot,
  releaseProducerSlot,
  takeProducerSlot,
  type TakenProducerSlot,
  type Takeover,
} from './producer-slot.js';
import { putTimeOfCall, timeOfCall, type TimeOfCall } from './time-of-call.js';
import { checkTimeout } from './timeout.js';
import { SpaceWait, type AsyncWaitOptions } from './space-wait.js';
import { ConsumerWaker, registerForWakeups } from './wakeups.js';

export interface ProducerSettings {
  readonly service: string;
  /** Whether messages carry timestamps: two clock readings' worth of time per message. */
  readonly timestamps: boolean;
  /** The longest that a blocking `write` waits for space, in ms. */
  readonly timeoutMs: number;
  /** How it waits for room; default `park`. */
  readonly idle?: IdleStrategy;
  /** Its slot, when somebody has taken it already; default: take one. */
  readonly taken?: TakenProducerSlot;
  /** Called once, when the producer is closed. */
  readonly onClose?: () => void;
}

/**
 * A producer attached to a channel. It holds the channel's producer slot (or one of them) until it is closed or its
 * process ends, in whatever way.
 *
 * Every message that was accepted (a sequence was returned) reaches every attached consumer, in sequence order, exactly
 * once while they live. `write`, `tryWrite` and `writeBatch` have copied the bytes when they return; those of a
 * `writeAsync` must not change until its promise is settled: it copies them when there is room.
 *
 * One that lost its slot to another while it lived (a mistake released its lock) is shut out: what writes throws
 * `ERR_PRODUCER_TAKEN`, and nothing is written, unless the call was under way when it happened.
 */
export class Producer implements Disposable {
  readonly channel: string;
  /** The slot: what `MessageView.producerId` says of this producer's messages. */
  readonly id: number;
  /** In SPSC and SPMC channels, when the producer before died, or left while this one waited as a backup. */
  readonly takeover: Takeover | undefined;
  private readonly segment: Segment;
  private readonly control: MappedBuffer;
  private readonly ring: ProducerRing;
  private readonly waker: ConsumerWaker;
  private readonly claim: Claim;
  private readonly space: SpaceWait;
  private readonly timeoutMs: number;
  private readonly onClose: (() => void) | undefined;
  private readonly messageSizeMax: number;
  /** `messageSizeMax`, or 0 while closed or claimed: one comparison on the hot path says that all is well. */
  private acceptMax: number;
  private readonly taken: TakenProducerSlot;
  /** Whose the slot is, and what must stand there: a word that does not change as long as it is this producer's. */
  private readonly owner: Int32Array;
  private readonly generation: number;
  /** Whether a consumer sleeps. These are words and no calls so that the compiler has room to put `write` into a loop. */
  private readonly sleepers: Int32Array;
  private closed = false;

  constructor(segment: Segment, settings: ProducerSettings) {
    this.segment = segment;
    this.channel = segment.channel;
    this.control = segment.control;
    this.timeoutMs = settings.timeoutMs;
    this.onClose = settings.onClose;
    this.messageSizeMax = segment.messageSizeMax;
    this.acceptMax = segment.messageSizeMax;
    registerForWakeups();
    this.taken = settings.taken ?? takeProducerSlot(segment, settings.service);
    const { slot, generation, previousPid } = this.taken;
    this.id = slot;
    this.generation = generation;
    this.sleepers = this.control.word(CONTROL.at.consumersWaiting);
    this.owner = this.control.word(producerSlotOffset(slot) + PRODUCER_SLOT.at.generation);
    if (hasClaims(segment.shape.type)) {
      this.ring = new MultiProducerRing(segment, this.id, settings.timestamps);
    } else {
      const tail = locateTail(segment);
      this.ring = new SingleProducerRing(segment, tail.position, tail.sequence, settings.timestamps);
    }
    this.space = new SpaceWait(segment, this.id, this.ring, settings.idle ?? 'park');
    if (previousPid !== undefined) this.takeover = { generation, previousPid, sequence: this.ring.nextSequence };
    this.waker = new ConsumerWaker(segment);
    this.claim = new Claim({ commit: () => this.endClaim(true), abort: () => this.endClaim(false) });
  }

  /**
   * Writes a message and returns its sequence. When the ring is full it waits for the slowest consumer: spinning, then
   * yielding, then asleep (see {@link IdleStrategy}), for at most the channel's `timeout_ms`. Blocks the thread; see
   * {@link writeAsync}.
   *
   * @throws BusError (nothing was written) `ERR_BACKPRESSURE` after the time-out, `ERR_CORRUPT` if the file was removed,
   * `ERR_MESSAGE_EMPTY`, `ERR_MESSAGE_TOO_LARGE`, `ERR_INVALID_ARGUMENT`, `ERR_CLOSED`, `ERR_CLAIM_STATE` inside a claim,
   * `ERR_PRODUCER_TAKEN` for one that lost its slot
   */
  write(message: Uint8Array): number {
    if (!this.accepts(message)) this.examine(message);
    const sequence = this.ring.tryWrite(message);
    if (sequence < 0) return this.writeWaiting(message);
    if (this.sleepers[0] !== 0) this.waker.wakeAll();
    return sequence;
  }

  /**
   * Writes a message if there is room: its sequence, or `BACKPRESSURE` (nothing was written), or `CLOSED`. Never waits.
   *
   * @throws BusError for a message that can never be written, as {@link write} does
   */
  tryWrite(message: Uint8Array): number {
    if (!this.accepts(message) && this.isRefused(message)) return CLOSED;
    const sequence = this.ring.tryWrite(message);
    if (sequence < 0) return this.full();
    if (this.sleepers[0] !== 0) this.waker.wakeAll();
    return sequence;
  }

  /**
   * Like {@link write}, but waits without blocking the event loop. `timeoutMs` defaults to the channel's. The bytes must not
   * change until the promise is settled. Of several that wait, any may be the next.
   *
   * @throws BusError as {@link write}; `ERR_ABORTED` when the signal aborts before the message was written
   */
  async writeAsync(message: Uint8Array, options: AsyncWaitOptions = {}): Promise<number> {
    const { signal, timeoutMs = this.timeoutMs } = options;
    checkTimeout(this.channel, timeoutMs);
    refuseAborted(this.channel, signal);
    const sequence = this.tryWrite(message);
    if (sequence >= 0) return sequence;
    refuseClosed(this.channel, this.closed);
    const called = timeOfCall(this.segment.scratch);
    const attempt = (): number => (this.closed ? CLOSED : this.retry(message, called));
    const written = await this.space.turn(timeoutMs, attempt, signal);
    if (written === CLOSED) refuseClosed(this.channel, this.closed);
    if (written >= 0) return written;
    refuseAborted(this.channel, signal);
    return this.giveUp(timeoutMs);
  }

  /**
   * Writes messages in order until one does not fit; returns how many were accepted. Their sequences follow each other on
   * single-producer channels; on others, messages of other producers may come between. Never waits.
   */
  writeBatch(messages: readonly Uint8Array[]): number {
    for (const message of messages) {
      const fault = messageFault(this.channel, message, this.messageSizeMax);
      if (fault !== undefined) throw this.counted(fault);
    }
    let accepted = 0;
    for (const message of messages) {
      if (!this.accepts(message)) {
        if (accepted > 0 && !this.isCurrent()) break;
        this.examine(message);
      }
      if (this.ring.tryWrite(message) < 0) {
        this.full();
        break;
      }
      accepted++;
    }
    if (accepted > 0 && this.sleepers[0] !== 0) this.waker.wakeAll();
    return accepted;
  }

  /**
   * Claims room for a message of `length` bytes, to be filled in place and then committed or aborted; undefined when the
   * ring is full. The Claim object is reused. Until the commit, consumers wait at this message: fill it at once.
   *
   * @example
   * const claim = producer.tryClaim(16);
   * if (claim !== undefined) {
   *   claim.view.setFloat64(claim.offset, price, true);
   *   claim.commit();
   * }
   */
  tryClaim(length: number): Claim | undefined {
    const isLength = length > 0 && length <= this.acceptMax && Number.isInteger(length);
    if (!isLength || !this.isCurrent()) this.refuseLength(length);
    const { ring } = this;
    if (!ring.tryClaim(length)) {
      this.full();
      return undefined;
    }
    this.acceptMax = 0;
    return this.claim.open(ring.window.bytes, ring.window.view, ring.payloadOffset, length);
  }

  /** How full the ring is, 0 to 1, as the slowest gating consumer sees it; 0 when nobody gates. */
  get utilization(): number {
    if (this.closed) return 0;
    const gate = gatingPosition(this.segment);
    const tail = this.ring.tailPosition();
    return Math.min(Math.max(tail - gate, 0) / this.segment.capacity, 1);
  }

  /** Gives the slot up; an open claim is aborted. Closing twice is nothing. */
  close(): void {
    if (this.closed) return;
    if (this.ring.claimed) this.endClaim(false);
    this.closed = true;
    this.acceptMax = 0;
    this.claim.end();
    this.space.wake();
    this.waker.close();
    releaseProducerSlot(this.segment, this.taken);
    this.segment.close();
    this.onClose?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private accepts(message: Uint8Array): boolean {
    const isFit = message instanceof Uint8Array && (message.length - 1) >>> 0 < this.acceptMax;
    return isFit && this.owner[0] === this.generation;
  }

  private isCurrent(): boolean {
    return this.owner[0] === this.generation;
  }

  /** For what is not plainly acceptable: throws, unless it is a Uint8Array of another realm, which can be written. */
  private examine(message: Uint8Array): void {
    this.refuse(messageFault(this.channel, message, this.messageSizeMax));
  }

  /** The same for a call that does not throw when the producer is closed: true then. */
  private isRefused(message: Uint8Array): boolean {
    if (!this.closed) this.examine(message);
    return this.closed;
  }

  private refuseLength(length: number): void {
    this.refuse(lengthFault(this.channel, length, this.messageSizeMax));
  }

  private refuse(fault: BusError | undefined): void {
    refuseClosed(this.channel, this.closed);
    if (!this.isCurrent()) throw lostSlot(this.segment, this.taken);
    if (fault !== undefined) throw this.counted(fault);
    refuseClaimed(this.channel, this.ring.claimed);
  }

  private endClaim(commit: boolean): number {
    const { ring } = this;
    // Of one that lost its slot the claim stays as it is: its place in the ring is the successor's.
    if (!this.isCurrent() && commit) throw lostSlot(this.segment, this.taken);
    if (!this.isCurrent()) return -1;
    this.acceptMax = this.messageSizeMax;
    const sequence = commit ? ring.commit() : -1;
    if (!commit) ring.abort();
    if (this.sleepers[0] !== 0) this.waker.wakeAll();
    return sequence;
  }

  private writeWaiting(message: Uint8Array): number {
    this.full();
    const { segment, timeoutMs } = this;
    const called = timeOfCall(segment.scratch);
    const sequence = this.space.block(timeoutMs, () => this.retry(message, called));
    return sequence < 0 ? this.giveUp(timeoutMs) : sequence;
  }

  /** Another attempt of a call that waits; its message may have changed, or a claim may be open. */
  private retry(message: Uint8Array, called: TimeOfCall): number {
    if (!this.accepts(message)) this.examine(message);
    const { ring } = this;
    putTimeOfCall(this.segment.scratch, called);
    ring.waited = true;
    try {
      const sequence = ring.tryWrite(message);
      if (sequence >= 0 && this.sleepers[0] !== 0) this.waker.wakeAll();
      return sequence;
    } finally {
      ring.waited = false;
    }
  }

  private full(): number {
    this.count(PRODUCER_SLOT.at.backpressure);
    return BACKPRESSURE;
  }

  private giveUp(timeoutMs: number): never {
    throw this.counted(removal(this.segment) ?? stayedFull(this.segment, timeoutMs));
  }

  private counted(error: BusError): BusError {
    if (!this.closed && this.isCurrent()) this.count(PRODUCER_SLOT.at.rejected);
    return error;
  }

  private count(counter: number): void {
    const at = producerSlotOffset(this.id) + counter;
    this.control.putFloat64(at, this.control.getFloat64(at) + 1);
  }
}
