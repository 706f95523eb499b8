import { BACKPRESSURE, CIRCUIT_OPEN, CLOSED, DROPPED } from '../ring/codes.js';
import type { BreakerState } from './backpressure/circuit-breaker.js';
import type { ProducerStatistics } from './backpressure/slot-counters.js';
import type { Claim } from './claim.js';
import { waitUntilDurable } from './durability.js';
import { messageFault } from './message-bytes.js';
import { refuseAborted, refuseClosed } from './producer-refusals.js';
import { releaseProducerSlot } from './producer-slot.js';
import { putTimeOfCall, timeOfCall, type TimeOfCall } from './time-of-call.js';
import { checkTimeout } from './timeout.js';
import { type AsyncWaitOptions } from './space-wait.js';
import { ProducerCore } from './producer-core.js';

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
export class Producer extends ProducerCore implements Disposable {
  /**
   * Writes a message and returns its sequence. When the ring is full it does what the channel's mode says: it waits for the
   * slowest consumer (spinning, then yielding, then asleep, see `IdleStrategy`) for at most `timeout_ms`, and blocks
   * the thread; or it drops the message and returns `DROPPED` (DropNewest); or it throws at once (CircuitBreaker). From the
   * high-water mark on AdaptiveThrottle holds it back.
   *
   * @throws BusError (nothing was written) `ERR_BACKPRESSURE` after the time-out, `ERR_CIRCUIT_OPEN`, `ERR_CORRUPT` if the file was removed,
   * `ERR_MESSAGE_EMPTY`, `ERR_MESSAGE_TOO_LARGE`, `ERR_INVALID_ARGUMENT`, `ERR_CLOSED`, `ERR_CLAIM_STATE` inside a claim,
   * `ERR_PRODUCER_TAKEN` for one that lost its slot
   */
  write(message: Uint8Array): number {
    if (!this.accepts(message)) {
      this.admit(message);
      if (this.isTimed) return this.writeTimed(message);
      if (this.policy.isThrottling) return this.writeHeld(message);
    }
    const sequence = this.ring.tryWrite(message);
    if (sequence < 0) return this.writeFull(message);
    if (this.sleepers[0] !== 0) this.waker.wakeAll();
    if (sequence >= this.lookAt) this.look();
    return sequence;
  }

  /**
   * Writes a message if there is room: its sequence, or a negative code (nothing was written): `BACKPRESSURE`, `DROPPED`
   * (DropNewest), `CIRCUIT_OPEN` (CircuitBreaker), `CLOSED`. Never waits, and is not held back.
   *
   * @throws BusError for a message that can never be written, as {@link write} does
   */
  tryWrite(message: Uint8Array): number {
    if (!this.accepts(message)) {
      if (this.isRefused(message)) return CLOSED;
      if (!this.isAdmitted()) return CIRCUIT_OPEN;
      if (this.isTimed) return this.tryWriteTimed(message);
    }
    const sequence = this.ring.tryWrite(message);
    if (sequence < 0) return this.tryFull(message);
    if (this.sleepers[0] !== 0) this.waker.wakeAll();
    if (sequence >= this.lookAt) this.look();
    return sequence;
  }

  /**
   * Like {@link write}, but waits without blocking the event loop. `timeoutMs` defaults to the channel's. The bytes must not
   * change until the promise is settled. Of several that wait, any may be the next. Resolves to `DROPPED` where `write`
   * returns that.
   *
   * @throws BusError as {@link write}; `ERR_ABORTED` when the signal aborts before the message was written
   */
  async writeAsync(message: Uint8Array, options: AsyncWaitOptions = {}): Promise<number> {
    const { signal, timeoutMs = this.timeoutMs } = options;
    checkTimeout(this.channel, timeoutMs);
    refuseAborted(this.channel, signal);
    if (this.policy.isThrottling) return this.writeHeldAsync(message, timeoutMs, signal);
    const sequence = this.tryWrite(message);
    if (sequence >= 0 || sequence === DROPPED) return sequence;
    refuseClosed(this.channel, this.closed);
    if (sequence === CIRCUIT_OPEN) throw this.counted(this.policy.refusal());
    if (!this.waits) return this.giveUp();
    return this.writeTurning(message, timeOfCall(this.segment.scratch), timeoutMs, signal);
  }

  /**
   * Writes messages in order until one does not fit (or the breaker is open); returns how many were accepted. Their
   * sequences follow each other on single-producer channels; on others, messages of other producers may come between. Never
   * waits, and is not held back. In DropNewest the one that did not fit counts as dropped, those after it were not tried.
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
        if (!this.isAdmitted()) break;
      }
      const sequence = this.ring.tryWrite(message);
      if (sequence < 0 && this.tryFull(message) < 0) break;
      if (sequence >= this.lookAt) this.look();
      accepted++;
    }
    if (accepted > 0 && this.sleepers[0] !== 0) this.waker.wakeAll();
    return accepted;
  }

  /**
   * Claims room for a message of `length` bytes, to be filled in place and then committed or aborted; undefined when the
   * ring is full, or the breaker open. The Claim object is reused. Until the commit, consumers wait at this message: fill it at once.
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
    if (!isLength || !this.isCurrent() || this.policy.isGuarding) {
      this.refuseLength(length);
      if (!this.isAdmitted()) return undefined;
    }
    const { ring } = this;
    if (!ring.tryClaim(length) && !(this.findsTheDead() && ring.tryClaim(length))) {
      this.full();
      return undefined;
    }
    this.acceptMax = 0;
    return this.claim.open(ring.window.bytes, ring.window.view, ring.payloadOffset, length);
  }

  /**
   * Resolves when the record with that sequence, and all before it, are on the disk (the disk said so): on channels that are
   * recorded with `fsync` always or interval. Whoever records it, and whoever wrote it.
   *
   * @example
   * await producer.waitDurable(producer.write(order));
   *
   * @throws BusError `ERR_JOURNAL` for a channel without a journal or with `fsync = "never"`, and when the journal cannot be
   * written; `ERR_TIMEOUT` after `timeoutMs` (default: no limit); `ERR_ABORTED`, `ERR_CLOSED`, `ERR_INVALID_ARGUMENT`
   */
  async waitDurable(sequence: number, options: AsyncWaitOptions = {}): Promise<void> {
    refuseClosed(this.channel, this.closed);
    await waitUntilDurable(this.segment, this.durability, sequence, options, () => this.closed);
  }

  /** The state of the channel's circuit breaker, as all its producers see it; undefined in other modes. */
  get breaker(): BreakerState | undefined {
    return this.closed ? undefined : this.policy.breaker;
  }

  /** What was counted for this producer, from the first life of its service on the channel on. */
  get statistics(): ProducerStatistics {
    refuseClosed(this.channel, this.closed);
    return this.counters.read();
  }

  /** Gives the slot up; an open claim is aborted. Closing twice is nothing. */
  close(): void {
    if (this.closed) return;
    if (this.ring.claimed) this.endClaim(false);
    this.closed = true;
    this.acceptMax = 0;
    this.claim.end();
    this.policy.close();
    this.space.wake();
    this.waker.close();
    releaseProducerSlot(this.segment, this.taken);
    this.segment.close();
    this.onClose?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** A `write` whose time is taken; it was admitted. */
  private writeTimed(message: Uint8Array): number {
    this.beginTimed();
    const sequence = this.policy.isThrottling ? this.writeHeld(message) : this.put(message);
    const written = sequence === BACKPRESSURE ? this.writeFull(message) : sequence;
    if (written >= 0) this.endTimed();
    return written;
  }

  private tryWriteTimed(message: Uint8Array): number {
    this.beginTimed();
    const sequence = this.put(message);
    if (sequence < 0) return this.tryFull(message);
    this.endTimed();
    return sequence;
  }

  /** One attempt. */
  private put(message: Uint8Array): number {
    const sequence = this.ring.tryWrite(message);
    if (sequence < 0) return sequence;
    if (this.sleepers[0] !== 0) this.waker.wakeAll();
    if (sequence >= this.lookAt) this.look();
    return sequence;
  }

  /** A `write` that is held back first. */
  private writeHeld(message: Uint8Array): number {
    const called = timeOfCall(this.segment.scratch);
    this.see(this.utilization);
    this.policy.hold();
    const sequence = this.retry(message, called);
    return sequence < 0 ? this.writeFull(message, called) : sequence;
  }

  private async writeHeldAsync(
    message: Uint8Array,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    this.examine(message);
    const called = timeOfCall(this.segment.scratch);
    this.see(this.utilization);
    await this.policy.holdLoop(this.space, timeoutMs, signal);
    refuseClosed(this.channel, this.closed);
    refuseAborted(this.channel, signal);
    const sequence = this.retry(message, called);
    if (sequence >= 0) return sequence;
    this.full();
    return this.writeTurning(message, called, timeoutMs, signal);
  }

  /** Waits for room while the event loop turns. */
  private async writeTurning(
    message: Uint8Array,
    called: TimeOfCall,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const attempt = (): number => (this.closed ? CLOSED : this.retry(message, called));
    const written = await this.space.turn(timeoutMs, attempt, signal);
    if (written === CLOSED) refuseClosed(this.channel, this.closed);
    if (written >= 0) return written;
    refuseAborted(this.channel, signal);
    return this.giveUp(timeoutMs);
  }

  /** A call that does not wait found no room. */
  private tryFull(message: Uint8Array): number {
    if (this.findsTheDead()) {
      const sequence = this.retry(message, timeOfCall(this.segment.scratch));
      if (sequence >= 0) return sequence;
    }
    return this.full();
  }

  /** A `write` that found no room. */
  private writeFull(message: Uint8Array, called: TimeOfCall = timeOfCall(this.segment.scratch)): number {
    const code = this.tryFull(message);
    if (code >= 0 || code === DROPPED) return code;
    if (!this.waits) return this.giveUp();
    const { timeoutMs } = this;
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
      return this.put(message);
    } finally {
      ring.waited = false;
    }
  }
}
