import { HEADER_BYTES, recordBytes } from '../layout/record.js';
import { RECORD, RecordKind } from '../layout/schema.js';
import { CommittedSpan } from './committed-span.js';
import type { GapHandler, GapReason } from './gaps.js';
import { RingHistory } from './join.js';
import { MessageView } from './message-view.js';
import { DEQUEUED_SCRATCH } from './producer-ring.js';
import type { MessageHandler, Place } from './record-consumer.js';
import { loadOldest } from './shared-tail.js';
import type { RingStorage } from './storage.js';

const { length: LENGTH, kind: KIND } = RECORD.at;
/** So much is copied at a time, or one record: short enough that it is seldom overwritten meanwhile. */
const SPAN_BYTES = 16 * 1024;

/**
 * Reads a ring from outside: it has no slot, stores nothing, and nobody waits for it. What it hands out is copied first,
 * and counts only if it was not overwritten meanwhile; what it was too slow for is counted, and told.
 */
export class RingObserver {
  /** Records that were overwritten before it read them, and messages that died with their producer. */
  lost = 0;
  private place: Place;
  private readonly storage: RingStorage;
  private readonly history: RingHistory;
  private readonly span: CommittedSpan;
  private readonly onGap: GapHandler;
  private readonly stamps = new DataView(new ArrayBuffer(DEQUEUED_SCRATCH + 8));
  private copy = new Uint8Array(SPAN_BYTES);
  private message: MessageView;

  constructor(storage: RingStorage, onGap: GapHandler = () => undefined) {
    this.storage = storage;
    this.history = new RingHistory(storage);
    this.span = new CommittedSpan(storage);
    this.onGap = onGap;
    this.place = this.history.tail();
    this.message = this.viewOf(this.copy);
  }

  /** Sequence of the next record. */
  get sequence(): number {
    return this.place.sequence;
  }

  /** Goes to the oldest record, to the end, or to the first record from a sequence or a time (ns since the epoch) on. */
  moveTo(to: 'oldest' | 'latest' | { readonly sequence: number } | { readonly timeNs: bigint }): void {
    const { history } = this;
    if (to === 'latest') this.place = history.tail();
    else if (to === 'oldest') this.place = history.oldest();
    else if ('sequence' in to) this.place = history.find(history.oldest(), (_, sequence) => sequence >= to.sequence);
    else this.place = history.find(history.oldest(), (walker) => receivedAt(walker) >= to.timeNs);
  }

  /** Hands up to `limit` messages to the handler, and returns how many; 0 when there is none. */
  poll(handler: MessageHandler, limit: number): number {
    let delivered = 0;
    while (delivered < limit) {
      if (this.isOverwritten()) this.goOnAtOldest();
      if (!this.span.measure(this.place, SPAN_BYTES, () => this.isOverwritten())) {
        if (this.isOverwritten()) continue;
        break;
      }
      const { window, offset, bytes } = this.span;
      if (this.copy.length < bytes) this.copy = new Uint8Array(bytes);
      this.copy.set(window.bytes.subarray(offset, offset + bytes));
      if (this.isOverwritten()) continue;
      delivered += this.handOut(handler, limit - delivered, bytes);
    }
    return delivered;
  }

  private handOut(handler: MessageHandler, limit: number, end: number): number {
    if (this.message.buffer !== this.copy) this.message = this.viewOf(this.copy);
    const { message } = this;
    let delivered = 0;
    for (let at = 0; at < end && delivered < limit;) {
      const length = message.view.getInt32(at + LENGTH, true);
      const kind = message.view.getInt32(at + KIND, true);
      if (kind === RecordKind.DATA || kind === RecordKind.STAMPED) {
        message.offset = at + HEADER_BYTES;
        message.length = length;
        message.sequence = this.place.sequence;
        handler(message);
        delivered += 1;
      } else if (kind === RecordKind.REPAIRED) this.lose(1, 'died');
      const bytes = recordBytes(length);
      at += bytes;
      this.place = { position: this.place.position + bytes, sequence: this.place.sequence + 1 };
    }
    return delivered;
  }

  private goOnAtOldest(): void {
    const oldest = this.history.oldest();
    const lost = oldest.sequence - this.place.sequence;
    if (lost > 0) this.lose(lost, 'overwritten');
    this.place = oldest;
  }

  private lose(lost: number, reason: GapReason): void {
    this.lost += lost;
    this.onGap({ sequence: this.place.sequence, lost, reason });
  }

  private isOverwritten(): boolean {
    this.storage.control.loadFence();
    return loadOldest(this.storage) > this.place.position;
  }

  private viewOf(bytes: Uint8Array): MessageView {
    return new MessageView({ bytes, view: new DataView(bytes.buffer) }, { view: this.stamps });
  }
}

function receivedAt({ window, offset }: { window: { view: DataView }; offset: number }): bigint {
  const isStamped = window.view.getInt32(offset + KIND, true) === RecordKind.STAMPED;
  return isStamped ? window.view.getBigUint64(offset + RECORD.at.receivedNs, true) : 0n;
}
