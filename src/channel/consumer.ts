import { setImmediate as nextTurn } from 'node:timers/promises';
import { hasClaims } from '../layout/geometry.js';
import { CONTROL, WaiterKind } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import type { MappedBuffer } from '../memory/mapped-buffer.js';
import { BusError } from '../platform/bus-error.js';
import { systemClock } from '../platform/clock.js';
import { loadNative } from '../platform/load-native.js';
import { ClaimWordConsumer } from '../ring/claim-word-consumer.js';
import { InBandConsumer } from '../ring/in-band-consumer.js';
import { RingHistory } from '../ring/join.js';
import type { Message, MessageView } from '../ring/message-view.js';
import type { MessageHandler, Place, RecordConsumer } from '../ring/record-consumer.js';
import { putPlace, releaseConsumerSlot, takeConsumerSlot } from './consumer-slot.js';
import { EventLoopParker } from './event-loop-parker.js';
import { refuseRemoved, refuseTruncated } from './lost-segment.js';
import { PollPace } from './poll-pace.js';
import { checkStart, findStart, type StartFrom } from './start-from.js';
import { checkTimeout } from './timeout.js';
import {
  announceConsumerSleep,
  endConsumerSleep,
  longestSleepNs,
  registerForWakeups,
  sleepOnFutex,
  wakeProducers,
  wakeProducersForRoom,
  wakeSignalOf,
} from './wakeups.js';

const PRODUCERS_WAITING = CONTROL.at.producersWaiting;
const DEFAULT_LIMIT = 1024;
/** Spinning longer than a wake-up takes would only keep the processor from the producer. */
const SPIN_NS = 20_000;
/** Turns of the event loop before it is put to sleep. */
const TURNS = 20;
const NEVER_MS = 2 ** 31 - 1;

export interface ConsumerSettings {
  readonly name: string;
  readonly from: StartFrom;
  /** Called once, when the consumer is closed. */
  readonly onClose?: () => void;
}

/**
 * A consumer attached to a channel. It sees every message from its starting place on, in sequence order, and producers
 * wait for it (they gate on its cursor) until it is closed or its process ends. Its cursor belongs to its name and
 * survives: `from: 'resume'` goes on there.
 *
 * Delivery is at least once: the cursor moves after the handler has returned. If a handler throws, the error passes
 * through `poll`, and the same message comes again at the next call.
 */
export class Consumer implements Disposable, AsyncIterable<Message> {
  readonly channel: string;
  readonly name: string;
  private readonly segment: Segment;
  private readonly control: MappedBuffer;
  private readonly ring: RecordConsumer;
  private readonly history: RingHistory;
  private readonly slot: number;
  private readonly pace = new PollPace();
  private readonly onClose: (() => void) | undefined;
  private parker: EventLoopParker | undefined;
  private polling = false;
  /** A `subscribe` or an iteration is under way. */
  private waiting = false;
  private taken: Message | undefined;
  private readonly take: MessageHandler;

  constructor(segment: Segment, settings: ConsumerSettings) {
    this.segment = segment;
    this.channel = segment.channel;
    this.control = segment.control;
    this.name = settings.name;
    this.onClose = settings.onClose;
    registerForWakeups();
    this.history = new RingHistory(segment);
    checkStart(segment, settings.from);
    const { slot, saved } = takeConsumerSlot(segment, settings.name, (known) => this.hold(settings.from, known));
    this.slot = slot;
    try {
      const Ring = hasClaims(segment.shape.type) ? ClaimWordConsumer : InBandConsumer;
      const start = findStart(segment, this.history, slot, settings.from, saved);
      this.ring = new Ring(segment, slot, start.place);
      this.ring.lost += start.lost;
      this.ring.publish();
    } catch (error) {
      if (saved !== undefined) putPlace(segment, slot, saved);
      releaseConsumerSlot(segment, slot);
      throw error;
    }
    this.take = (message) => {
      this.taken = message.copy();
    };
  }

  /**
   * Hands up to `limit` messages (default 1024) to the handler, in place, and returns how many; 0 at once when there is
   * none. The view that the handler gets is reused and valid until it returns.
   *
   * @throws whatever the handler throws; BusError `ERR_CLOSED`, `ERR_CORRUPT`, `ERR_CLAIM_STATE` from inside a handler
   */
  poll(handler: (message: MessageView) => void, limit: number = DEFAULT_LIMIT): number {
    if (this.polling || this.ring.closed) this.refuse();
    this.polling = true;
    try {
      const delivered = this.ring.poll(handler, limit);
      this.pace.after(delivered, limit);
      return delivered;
    } finally {
      this.polling = false;
      if (this.ring.flush() && this.control.getInt32(PRODUCERS_WAITING) !== 0) wakeProducersForRoom(this.segment);
      if (this.ring.closed) this.release();
    }
  }

  /** Takes one message, copied; undefined when there is none. */
  read(): Message | undefined {
    if (this.poll(this.take, 1) === 0) return undefined;
    const message = this.taken;
    this.taken = undefined;
    return message;
  }

  /**
   * Blocks the thread until there is a message to read, or `timeoutMs` have passed (default: no limit): spins a little,
   * then sleeps. True when there is one. For processes and workers that do nothing else.
   *
   * @throws BusError `ERR_CLOSED`, `ERR_INVALID_ARGUMENT`, `ERR_CLAIM_STATE` from inside a handler; `ERR_CORRUPT` also
   * when it waited in vain and the segment's file was removed meanwhile
   */
  waitSync(timeoutMs: number = Infinity): boolean {
    if (this.polling || this.ring.closed) this.refuse();
    checkTimeout(this.channel, timeoutMs);
    const native = loadNative();
    const clock = systemClock();
    const start = clock.monotonicNs();
    const deadline = start + timeoutMs * 1e6;
    do {
      if (this.ring.ready()) return true;
      native.pause(4);
    } while (clock.monotonicNs() - start < SPIN_NS);
    for (;;) {
      const left = deadline - clock.monotonicNs();
      if (left <= 0) return this.ring.ready();
      const signal = wakeSignalOf(this.segment, this.slot);
      announceConsumerSleep(this.segment, this.slot, WaiterKind.FUTEX);
      if (!this.ring.ready()) sleepOnFutex(this.segment, this.slot, signal, Math.min(left, longestSleepNs()));
      refuseTruncated(this.segment);
      endConsumerSleep(this.segment, this.slot);
      if (this.ring.ready()) return true;
      refuseRemoved(this.segment);
    }
  }

  /**
   * Hands every message to the handler as it comes, on the event loop, and sleeps in between without using the
   * processor. Resolves when the signal aborts or the consumer is closed; rejects with what the handler throws, and with
   * BusError `ERR_CORRUPT` when it waited in vain and the segment's file was removed meanwhile.
   */
  async subscribe(handler: (message: MessageView) => void, options: { signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    this.beginWaiting();
    const stop = (): void => this.parker?.wake();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      while (!this.ring.closed && signal?.aborted !== true) {
        if (this.poll(handler) > 0) await nextTurn();
        else await this.idle(signal);
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      this.waiting = false;
    }
  }

  /** Copied messages, one after the other, waiting for each; ends when the consumer is closed. Rejects as {@link subscribe}. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    if (this.ring.closed) return;
    this.beginWaiting();
    try {
      while (!this.ring.closed) {
        const message = this.read();
        if (message === undefined) await this.idle(undefined);
        else yield message;
      }
    } finally {
      this.waiting = false;
    }
  }

  /** Goes on from another place: see {@link ConsumerOptions.from}. Not from inside a handler. */
  seek(to: StartFrom): void {
    if (this.polling || this.ring.closed) this.refuse();
    checkStart(this.segment, to);
    const saved = { position: this.ring.position, sequence: this.ring.nextSequence };
    try {
      const start = findStart(this.segment, this.history, this.slot, to, saved);
      this.ring.moveTo(start.place);
      this.ring.lost += start.lost;
    } finally {
      // Also after a refusal: the search held the oldest message, this puts the cursor back.
      this.ring.publish();
    }
  }

  /** Sequence of the next message. */
  get sequence(): number {
    return this.ring.nextSequence;
  }

  /** How far this consumer is behind the channel's end; bytes as they stand in the ring, headers included. */
  get lag(): { messages: number; bytes: number } {
    if (this.ring.closed) return { messages: 0, bytes: 0 };
    const tail = this.history.tail();
    return {
      messages: Math.max(0, tail.sequence - this.ring.nextSequence),
      bytes: Math.max(0, tail.position - this.ring.position),
    };
  }

  /** Messages that this consumer will never see: overwritten before it read them, or dead with their producer. Exact. */
  get lost(): number {
    return this.ring.lost;
  }

  /** Stops gating and gives the slot up; the cursor is kept for `from: 'resume'`. Closing twice is nothing. */
  close(): void {
    if (this.ring.closed) return;
    this.ring.closed = true;
    // Inside a handler: `poll` releases when the handler has returned.
    if (!this.polling) this.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What a new consumer gates on while its starting place is looked for. */
  private hold(from: StartFrom, saved: Place | undefined): Place {
    const oldest = this.history.oldest();
    // A death on the way must not cost the name its place; anything else looks for its place from the oldest on.
    return from === 'resume' && saved !== undefined && saved.position > oldest.position ? saved : oldest;
  }

  private beginWaiting(): void {
    if (this.ring.closed) this.refuse();
    if (this.waiting) {
      throw new BusError(
        'ERR_CLAIM_STATE',
        `consumer "${this.name}" of channel ${this.channel} is being iterated or subscribed to already; ` +
          'end that first, or give each reader a consumer of its own with { name }',
        { channel: this.channel },
      );
    }
    this.waiting = true;
  }

  private release(): void {
    this.ring.publish();
    this.parker?.close();
    releaseConsumerSlot(this.segment, this.slot);
    if (this.control.getInt32(PRODUCERS_WAITING) !== 0) wakeProducers(this.segment);
    this.segment.close();
    this.onClose?.();
  }

  /** Lets the event loop turn a few times, then puts it to sleep until a message, an abort or the close. */
  private async idle(signal: AbortSignal | undefined): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) {
      await nextTurn();
      if (this.ring.closed || signal?.aborted === true || this.ring.ready()) return;
    }
    this.parker ??= new EventLoopParker(this.segment, this.slot);
    announceConsumerSleep(this.segment, this.slot, WaiterKind.FIFO);
    if (!this.ring.ready()) await this.parker.park(Math.min(longestSleepNs() / 1e6, NEVER_MS));
    if (this.ring.closed) return;
    refuseTruncated(this.segment);
    endConsumerSleep(this.segment, this.slot);
    if (!this.ring.ready()) refuseRemoved(this.segment);
  }

  private refuse(): never {
    if (this.ring.closed) {
      throw new BusError(
        'ERR_CLOSED',
        `consumer "${this.name}" of channel ${this.channel} is closed; open another one`,
        {
          channel: this.channel,
        },
      );
    }
    throw new BusError(
      'ERR_CLAIM_STATE',
      `consumer "${this.name}" of channel ${this.channel} is inside a handler: return from it before reading, waiting or seeking`,
      { channel: this.channel },
    );
  }
}
