import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import { HEADER_BYTES, recordBytes } from '../layout/record.js';
import { CONSUMER_SLOT, RECORD, RecordKind, consumerSlotOffset } from '../layout/schema.js';
import type { RecordCopy } from '../memory/record-copy.js';
import { Gaps, type GapReason } from './gaps.js';
import { RingHistory } from './join.js';
import { announceLoss } from './loss.js';
import { MessageView } from './message-view.js';
import { OldestSeen } from './oldest-seen.js';
import { DEQUEUED_SCRATCH } from './producer-ring.js';
import { oldestPlace } from './shared-tail.js';
import { corrupt, type RingStorage } from './storage.js';
import { RingWalker } from './walker.js';

const LENGTH = RECORD.at.length;
const SEQUENCE = RECORD.at.sequence;
const KIND = RECORD.at.kind;
const GATES = CONSUMER_SLOT.at.gates;
const NOT_THERE = 0;
/** Overtaken so often in a row a consumer is too slow for the oldest record: it goes on at the end of the channel. */
const OVERTAKEN_OFTEN = 4;
/** And after so many it lets its caller do something else. */
const OVERTAKEN_MAX = 16;
// An imported binding is looked up at each use; one of this module is a constant to the compiler.
const { DATA, STAMPED } = RecordKind;
const HEADER = HEADER_BYTES;
const DEQUEUED = DEQUEUED_SCRATCH;
const bytesOf = recordBytes;
/** Keeps the count of unpublished bytes a small integer in the largest rings. */
const PUBLISH_MAX = 2 ** 29;

const nobodyWaits = (): void => {};

/** Receives each message in turn; the view is valid until it returns. If it throws, the cursor stays before that message. */
export type MessageHandler = (message: MessageView) => void;

/** A record boundary: where the record `sequence` starts. */
export interface Place {
  readonly position: number;
  readonly sequence: number;
}

/**
 * The consuming side of a ring. Subclasses know how a record shows that it is committed; all else is the same for all
 * channel types: records are handed out in position order, every sequence is accounted for, everything that shared
 * memory says is read once and checked before it is used.
 *
 * The cursor is stored once per `poll` (by `flush`), and every eighth of the ring within a long one: producers look at it
 * only when they run short. The store follows the handler's return, so a death inside a handler leads to redelivery, not
 * to loss.
 *
 * A consumer that producers do not wait for can be overtaken while it reads. It copies each record out of the ring, and
 * believes the copy only if `oldest` is not past its place afterwards: producers announce `oldest` before they overwrite
 * what lies before it (store, fence, overwrite; here: copy, fence, load), so whoever has copied a byte that is not of this
 * record sees the announcement as well. Overtaken, it counts exactly what it missed, and goes on at the oldest record.
 */
export abstract class RecordConsumer {
  /** Sequence of the next record. */
  nextSequence = 0;
  /** Messages that this consumer will never see. */
  lost: number;
  /** Set by whoever closes the endpoint, also from inside a handler: `poll` stops after that message. */
  closed = false;
  /** Called when the cursor was published within a `poll`: for whoever waits for the space before it. */
  onPublish: () => void = nobodyWaits;
  /** What is to be told of the messages that are counted in `lost`; set by whoever listens. */
  gaps = new Gaps(undefined);
  /** Where the next record starts: `base + offset`, `offset` inside `window`. */
  protected window: AtomicBuffer;
  protected offset = 0;
  protected base = 0;
  protected readonly storage: RingStorage;
  /** Of a consumer that can be overtaken. */
  private readonly copy: RecordCopy | undefined;
  /** How often in a row. */
  private overtaken = 0;
  private readonly oldest = new OldestSeen();
  /** Bytes read since the cursor was published. */
  private unpublished = 0;
  private messages: number;
  private messageBytes: number;
  private readonly control: AtomicBuffer;
  private readonly slot: number;
  private readonly view: MessageView;
  private readonly place: RingWalker;
  private readonly publishBytes: number;

  /** Subclass constructors end with `this.moveTo(place)`. */
  protected constructor(storage: RingStorage, slot: number, canBeOvertaken: boolean) {
    this.storage = storage;
    this.copy = canBeOvertaken ? storage.recordCopy() : undefined;
    this.control = storage.control;
    this.window = storage.windows[0]!;
    this.slot = consumerSlotOffset(slot);
    this.publishBytes = Math.min(storage.capacity / 8, PUBLISH_MAX);
    this.messages = this.control.getFloat64(this.slot + CONSUMER_SLOT.at.messages);
    this.messageBytes = this.control.getFloat64(this.slot + CONSUMER_SLOT.at.messageBytes);
    this.lost = this.control.getFloat64(this.slot + CONSUMER_SLOT.at.lost);
    this.view = new MessageView(this.copy ?? this.window, storage.scratch);
    this.place = new RingWalker(storage, 0);
  }

  /**
   * Whether there is something to read: the record at the cursor is committed, or was overwritten, so that there is a later
   * one. A "no" is confirmed by a load that no compiler may remember.
   */
  abstract ready(): boolean;

  /** The slot of the producer whose claim stands at the cursor and is not committed yet; -1 when there is none. */
  claimant(): number {
    return -1;
  }

  /** Called when the window changes. */
  protected abstract entered(walker: RingWalker): void;

  get position(): number {
    return this.base + this.offset;
  }

  /** Goes on from another place; the cursor is not published. */
  moveTo(place: Place): void {
    this.oldest.forget();
    this.enter(place.position);
    this.nextSequence = place.sequence;
  }

  /** Hands up to `limit` messages to the handler, in place, and returns how many; the caller then calls `flush`. */
  poll(handler: MessageHandler, limit: number): number {
    if (this.gaps.isAny) this.gaps.tell();
    if (this.copy !== undefined) return this.pollCopies(this.copy, handler, limit);
    let delivered = 0;
    while (delivered < limit && !this.closed && this.ready()) {
      const { window, offset } = this;
      const length = window.getInt32(offset + LENGTH);
      if (length <= 0 || length > this.storage.messageSizeMax) throw this.impossible(`payload length ${length}`);
      const kind = window.getInt32(offset + KIND);
      if (kind === DATA || kind === STAMPED) {
        if (window.getFloat64(offset + SEQUENCE) !== this.nextSequence) throw this.impossible('another sequence');
        this.hand(handler, offset, length, kind);
        delivered++;
        this.step(bytesOf(length));
      } else {
        this.skip(kind, bytesOf(length));
      }
    }
    return delivered;
  }

  /** Whether it copies what it reads, because producers do not wait for it. */
  get canBeOvertaken(): boolean {
    return this.copy !== undefined;
  }

  /** Steps over records that were taken in another way. */
  pass(count: number, bytes: number): void {
    this.overtaken = 0;
    this.messages += count;
    this.messageBytes += bytes - count * HEADER;
    this.unpublished += bytes;
    this.moveTo({ position: this.position + bytes, sequence: this.nextSequence + count });
  }

  /** Goes where messages stand that were taken from elsewhere, and says so. */
  follow(place: Place, messages: number, messageBytes: number): void {
    this.messages += messages;
    this.messageBytes += messageBytes;
    this.moveTo(place);
    this.publish();
  }

  /** Goes on behind what was overwritten, if the record at the cursor was; what it missed is counted. */
  goOnIfOvertaken(): boolean {
    this.control.loadFence();
    if (!this.isOvertaken()) return false;
    this.goOnAtOldest();
    return true;
  }

  /** Counts messages as lost, from `sequence` on; they are told of before the next message is handed out. */
  lose(sequence: number, lost: number, reason: GapReason): void {
    this.lost += lost;
    this.gaps.add({ sequence, lost, reason });
  }

  /**
   * Publishes the cursor if it moved since it was last published; whether it did. Also after a handler threw: what it had
   * handled before is done.
   */
  flush(): boolean {
    if (this.unpublished === 0) return false;
    this.publish();
    return true;
  }

  /** Publishes the cursor, so that producers may use the space before it. */
  publish(): void {
    const { control, slot } = this;
    this.unpublished = 0;
    control.putFloat64(slot + CONSUMER_SLOT.at.messages, this.messages);
    control.putFloat64(slot + CONSUMER_SLOT.at.messageBytes, this.messageBytes);
    control.putFloat64(slot + CONSUMER_SLOT.at.lost, this.lost);
    control.putFloat64(slot + CONSUMER_SLOT.at.sequence, this.nextSequence);
    control.storeFloat64Release(slot + CONSUMER_SLOT.at.cursor, this.base + this.offset);
  }

  /**
   * Whether the record at the cursor was overwritten, or is about to be. Never, when producers wait for this cursor: then
   * `oldest` may be announced beyond it by one that had not seen it yet, and who overwrites nothing for that.
   */
  protected isOvertaken(): boolean {
    const { control, oldest } = this;
    if (this.copy === undefined || control.getInt32(this.slot + GATES) !== 0) return false;
    return !oldest.stands(control) && oldest.isBeyond(control, this.position);
  }

  protected impossible(found: string): Error {
    return corrupt(this.storage.channel, `record ${this.nextSequence} at position ${this.position} has ${found}`);
  }

  /** Hands over the message of the record at an offset of the view's memory. */
  private hand(handler: MessageHandler, offset: number, length: number, kind: number): void {
    const { view } = this;
    view.offset = offset + HEADER;
    view.length = length;
    view.sequence = this.nextSequence;
    if (kind === STAMPED) this.storage.scratch.stamp(DEQUEUED);
    handler(view);
    this.messages += 1;
    this.messageBytes += length;
  }

  private pollCopies(copy: RecordCopy, handler: MessageHandler, limit: number): number {
    let delivered = 0;
    this.overtaken = 0;
    while (delivered < limit && !this.closed && this.overtaken < OVERTAKEN_MAX && this.ready()) {
      const length = this.take(copy);
      if (length === NOT_THERE) continue;
      this.overtaken = 0;
      const kind = copy.getInt32(KIND);
      if (kind === RecordKind.DATA || kind === RecordKind.STAMPED) {
        this.hand(handler, copy.offset, length, kind);
        delivered++;
        this.step(bytesOf(length));
      } else {
        this.skip(kind, bytesOf(length));
      }
    }
    return delivered;
  }

  /** Copies the record at the cursor; its payload's length, or `NOT_THERE`, when this consumer was overtaken and moved on. */
  private take(copy: RecordCopy): number {
    const { window, offset, storage } = this;
    const length = window.getInt32(offset + LENGTH);
    const isPossible = length > 0 && length <= storage.messageSizeMax;
    if (isPossible) copy.take(window, offset, bytesOf(length));
    this.control.loadFence();
    if (this.isOvertaken()) {
      this.goOnAtOldest();
      return NOT_THERE;
    }
    if (!isPossible) throw this.impossible(`payload length ${length}`);
    if (copy.getFloat64(SEQUENCE) !== this.nextSequence) throw this.impossible('another sequence');
    return length;
  }

  /** Goes on behind what was overwritten. The loss and the sequence up to which it is counted are published as one. */
  private goOnAtOldest(): void {
    this.overtaken += 1;
    const place = this.overtaken > OVERTAKEN_OFTEN ? new RingHistory(this.storage).tail() : oldestPlace(this.storage);
    if (!(place.sequence > this.nextSequence)) throw this.impossible(`${place.sequence} as sequence of a later record`);
    this.publish();
    this.lose(this.nextSequence, place.sequence - this.nextSequence, 'overwritten');
    this.moveTo(place);
    announceLoss(this.control, this.slot, this.lost, place.sequence);
    this.publish();
    this.onPublish();
    if (this.gaps.isAny) this.gaps.tell();
  }

  private skip(kind: number, bytes: number): void {
    if (kind === RecordKind.REPAIRED) this.lose(this.nextSequence, 1, 'died');
    else if (kind !== RecordKind.ABORTED) throw this.impossible(`kind ${kind}`);
    this.step(bytes);
    if (this.gaps.isAny) this.gaps.tell();
  }

  private step(bytes: number): void {
    this.offset = (this.offset + bytes) | 0;
    this.nextSequence += 1;
    this.unpublished = (this.unpublished + bytes) | 0;
    if (this.offset >= this.storage.windowBytes) this.enter(this.base + this.offset);
    if (this.unpublished >= this.publishBytes) this.publishWithin();
  }

  private publishWithin(): void {
    this.publish();
    this.onPublish();
  }

  private enter(position: number): void {
    const walker = this.place;
    walker.moveTo(position);
    this.window = walker.window;
    this.offset = walker.offset;
    this.base = walker.position - walker.offset;
    if (this.copy === undefined) {
      this.view.buffer = walker.window.bytes;
      this.view.view = walker.window.view;
    }
    this.entered(walker);
  }
}
