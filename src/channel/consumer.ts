import { hasClaims } from '../layout/geometry.js';
import type { Segment } from '../layout/segment.js';
import type { MappedBuffer } from '../memory/mapped-buffer.js';
import { ClaimWordConsumer } from '../ring/claim-word-consumer.js';
import { Gaps } from '../ring/gaps.js';
import { InBandConsumer } from '../ring/in-band-consumer.js';
import { RingHistory } from '../ring/join.js';
import type { Message, MessageView } from '../ring/message-view.js';
import type { MessageHandler, RecordConsumer } from '../ring/record-consumer.js';
import { DEFAULT_POLICY, canBeOvertaken, gates } from './consumer-policy.js';
import { RepairWhilePolling } from './claim-repair.js';
import { countLost, putPlace, releaseConsumerSlot, takeConsumerSlot } from './consumer-slot.js';
import { alreadyReading, closedConsumer, insideHandler } from './consumer-refusals.js';
import type { ConsumerSettings } from './consumer-settings.js';
import { isEvicted, takePlaceAgain } from './eviction.js';
import { noteLook } from './last-look.js';
import { ReadLatency } from './latency.js';
import { nextTurn } from './loop-sleep.js';
import { MessageWait } from './message-wait.js';
import { PoisonGuard } from './poison-guard.js';
import { PollPace } from './poll-pace.js';
import { Replay } from './replay.js';
import { checkStart, findStart, holdFor, type StartFrom } from './start-from.js';
import { checkTimeout } from './timeout.js';
import { producersWait, registerForWakeups, wakeProducers, wakeProducersForRoom } from './wakeups.js';

const DEFAULT_LIMIT = 1024;
/** After so many looks that brought nothing somebody who polls says that it still does: the clock makes garbage. */
const NOTED = 16;

/**
 * A consumer attached to a channel. It sees every message from its starting place on, in sequence order, and producers
 * wait for it (they gate on its cursor) until it is closed or its process ends, or as its policy says. Its cursor belongs
 * to its name and survives: `from: 'resume'` goes on there.
 *
 * Delivery is at least once: the cursor moves after the handler has returned. If a handler throws, the error passes
 * through `poll`, and the same message comes again at the next call; with `quarantine_after` in its policy, not for ever:
 * after so many failures in a row at one message, by throwing or by the death of its process, it is set aside.
 */
export class Consumer implements Disposable, AsyncIterable<Message> {
  readonly channel: string;
  readonly name: string;
  private readonly segment: Segment;
  private readonly control: MappedBuffer;
  protected readonly ring: RecordConsumer;
  private readonly history: RingHistory;
  private readonly slot: number;
  /** Whether it may be given up while it lives. */
  private readonly isEvictable: boolean;
  /** Of a consumer that sets messages aside at which it fails. */
  private readonly guard: PoisonGuard | undefined;
  /** Of a consumer that times some messages. */
  private readonly latency: ReadLatency | undefined;
  private readonly pace = new PollPace();
  private readonly onClose: (() => void) | undefined;
  /** While it reads what was before the ring. */
  private readonly replay: Replay;
  private readonly repairs = new RepairWhilePolling();
  private readonly wait: MessageWait;
  private vainPolls = 0;
  protected polling = false;
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
    this.history = new RingHistory(segment);
    checkStart(segment, settings.from);
    const { name, from, policy = DEFAULT_POLICY } = settings;
    const { slot, saved } = takeConsumerSlot(segment, name, policy, (known) =>
      holdFor(segment, this.history, from, known),
    );
    this.slot = slot;
    this.replay = new Replay(segment, slot, settings);
    this.isEvictable = policy.evictAfterMs > 0 && gates(segment.shape, policy);
    try {
      const Ring = hasClaims(segment.shape.type) ? ClaimWordConsumer : InBandConsumer;
      const { place, lost } = findStart(segment, this.history, slot, from, saved);
      const isReplay = this.replay.begin(from, place, lost);
      if (lost > 0 && !isReplay) countLost(segment, slot, lost, place.sequence);
      this.ring = new Ring(segment, slot, place, canBeOvertaken(segment.shape, policy));
      this.ring.gaps = new Gaps(settings.onGap);
      if (!isReplay) this.ring.gaps.add({ sequence: place.sequence - lost, lost, reason: 'overwritten' });
      this.replay.enter(this.ring);
      const { quarantineAfter } = policy;
      if (quarantineAfter > 0) this.guard = new PoisonGuard(segment, slot, name, this.ring, quarantineAfter);
      this.latency = ReadLatency.of(segment, slot, settings.latencySampling ?? 0, place.sequence);
      this.ring.publish();
      this.ring.onPublish = () => this.offerRoom();
      this.offerRoom();
      this.wait = new MessageWait(segment, slot, this.ring, () => this.hasWork(), settings.idle ?? 'park');
    } catch (error) {
      if (saved !== undefined) putPlace(segment, slot, saved);
      releaseConsumerSlot(segment, slot, saved !== undefined);
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
   * @throws whatever the handler, or `onGap`, throws; BusError `ERR_CLOSED`, `ERR_CORRUPT`, `ERR_CLAIM_STATE` from inside a handler
   */
  poll(handler: (message: MessageView) => void, limit: number = DEFAULT_LIMIT): number {
    if (this.polling || this.ring.closed) this.refuse();
    if (this.replay.isUnderWay) return this.pollPast(handler, limit);
    if (this.isEvictable) this.comeBack();
    this.polling = true;
    try {
      const source = this.guard ?? this.ring;
      const delivered =
        this.latency === undefined ? source.poll(handler, limit) : this.latency.poll(source, this.ring, handler, limit);
      this.pace.after(delivered, limit);
      if (this.pace.isInVain) this.afterVainPolls();
      return delivered;
    } finally {
      this.endPoll();
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
   * Blocks the thread until there is a message to read, or `timeoutMs` have passed (default: no limit): spins and yields a
   * little, then sleeps; {@link IdleStrategy} says how far. True when there is one. For processes and workers that do
   * nothing else.
   *
   * @throws BusError `ERR_CLOSED`, `ERR_CORRUPT` (also when it waited in vain and the segment's file was removed),
   * `ERR_INVALID_ARGUMENT`, `ERR_CLAIM_STATE` from inside a handler and while a `subscribe` or an iteration of this
   * consumer is under way: it can sleep in one way at a time
   */
  waitSync(timeoutMs: number = Infinity): boolean {
    if (this.polling || this.ring.closed) this.refuse();
    this.refuseWaiting();
    checkTimeout(this.channel, timeoutMs);
    if (this.isEvictable) this.comeBack();
    return this.wait.block(timeoutMs);
  }

  /**
   * Hands every message to the handler as it comes, on the event loop, and sleeps in between without using the
   * processor, unless its {@link IdleStrategy} says otherwise. Resolves when the signal aborts or the consumer is
   * closed; rejects with what the handler throws.
   *
   * Meanwhile `poll`, `read` and `seek` of the same consumer are allowed between its handlers: it goes on from where they
   * leave the cursor, so that its handler does not get what they took.
   *
   * @throws BusError (as a rejection) `ERR_CLOSED`, `ERR_CORRUPT` (also when it waited in vain and the segment's file was
   * removed), `ERR_CLAIM_STATE` while another one, or an iteration, is under way
   */
  async subscribe(handler: (message: MessageView) => void, options: { signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    this.beginWaiting();
    const stop = (): void => this.wait.wake();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      while (!this.ring.closed && signal?.aborted !== true) {
        if (this.poll(handler) > 0) await nextTurn();
        else await this.wait.turn(signal);
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      this.waiting = false;
    }
  }

  /**
   * Copied messages, one after the other, waiting for each; ends when the consumer is closed. One at a time, and with other
   * calls meanwhile as {@link subscribe}.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    if (this.ring.closed) return;
    this.beginWaiting();
    try {
      while (!this.ring.closed) {
        const message = this.read();
        if (message === undefined) await this.wait.turn(undefined);
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
    this.replay.leave();
    if (this.isEvictable) this.comeBack();
    const saved = { position: this.ring.position, sequence: this.ring.nextSequence };
    try {
      const { place, lost } = findStart(this.segment, this.history, this.slot, to, saved);
      this.ring.moveTo(place);
      if (this.replay.begin(to, place, lost)) this.replay.enter(this.ring);
      else if (lost > 0) this.ring.lose(place.sequence - lost, lost, 'overwritten');
    } finally {
      // Also after a refusal: the search held the oldest message, this puts the cursor back.
      this.ring.publish();
      this.offerRoom();
      // A subscription that sleeps has something else to wait for now.
      this.wait.wake();
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

  /**
   * Messages that this name will never see: overwritten before it came back for them (after its close, its death, or while
   * it was evicted), or not finished by a producer that died inside its claim. Counted in sequences, so in MPSC and MPMC
   * channels claims that were aborted among the overwritten ones are in it; otherwise exact.
   */
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

  /** After an eviction: producers wait for it again, and what it missed is in `lost`. */
  private comeBack(): void {
    if (!isEvicted(this.segment, this.slot)) return;
    if (takePlaceAgain(this.segment, this.slot, this.ring, this.history)) this.offerRoom();
  }

  private pollPast(handler: MessageHandler, limit: number): number {
    this.polling = true;
    try {
      return this.replay.poll(handler, limit);
    } finally {
      this.endPoll();
    }
  }

  private beginWaiting(): void {
    if (this.ring.closed) this.refuse();
    this.refuseWaiting();
    this.waiting = true;
  }

  private refuseWaiting(): void {
    if (this.waiting) throw alreadyReading(this);
  }

  protected endPoll(): void {
    this.polling = false;
    if (this.ring.closed) this.release();
    else if (this.ring.flush()) this.offerRoom();
  }

  protected afterVainPolls(): void {
    this.vainPolls += 1;
    if (this.vainPolls % NOTED === 0) {
      noteLook(this.segment, this.slot);
      registerForWakeups();
    }
    this.repairs.look(this.segment, this.ring);
  }

  private hasWork(): boolean {
    return this.replay.isUnderWay || this.ring.ready() || this.guard?.isRequested === true;
  }

  /** After the cursor was published: whoever waits for the space before it may go on. */
  private offerRoom(): void {
    if (producersWait(this.segment)) wakeProducersForRoom(this.segment);
  }

  private release(): void {
    this.replay.close();
    this.ring.publish();
    this.wait.close();
    releaseConsumerSlot(this.segment, this.slot, true);
    if (producersWait(this.segment)) wakeProducers(this.segment);
    this.segment.close();
    this.onClose?.();
  }

  protected refuse(): never {
    throw this.ring.closed ? closedConsumer(this) : insideHandler(this);
  }
}
