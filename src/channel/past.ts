import type { Segment } from '../layout/segment.js';
import { CONSUMER_SLOT, CONTROL, consumerSlotOffset } from '../layout/schema.js';
import type { GapHandler } from '../ring/gaps.js';
import type { MessageHandler, Place, RecordConsumer } from '../ring/record-consumer.js';
import { oldestPlace } from '../ring/shared-tail.js';
import { gates, type ConsumerPolicy } from './consumer-policy.js';
import { putPlace } from './consumer-slot.js';
import type { StartFrom } from './start-from.js';

/** Where the records stand that the ring does not have any more. */
export interface PastReader {
  readonly nextSequence: number;
  /** Where the next record stands in the channel; undefined while that is not known. */
  readonly place: Place | undefined;
  /** Hands out up to `limit` messages, and returns how many; 0 when there is none (yet). */
  poll(handler: MessageHandler, limit: number): number;
  close(): void;
}

/** Where to begin in the past: at a sequence, at the first message received at or after a time, or as far back as it goes. */
export type PastStart = { readonly sequence: number } | { readonly timeNs: bigint } | 'oldest';

/** Opens what is recorded of a channel; undefined when there is nothing from there on. */
export type OpenPast = (from: PastStart, onGap: GapHandler) => PastReader | undefined;

/**
 * Whether there is something before the place that was found in the ring, of what was asked for. `lost` is how much is
 * missing there.
 */
export function pastOf(segment: Segment, from: StartFrom, place: Place, lost: number): PastStart | undefined {
  if (lost > 0) return { sequence: place.sequence - lost };
  if (from !== 'oldest' && !(typeof from === 'object' && 'timeNs' in from)) return undefined;
  const { control } = segment;
  const oldest = control.loadFloat64Acquire(CONTROL.at.oldest);
  const isAtOldest = place.position <= oldest && oldest > control.getFloat64(CONTROL.at.originPosition);
  return isAtOldest ? from : undefined;
}

/** After so many looks that brought nothing, what is neither in the journal nor in the ring is given up. */
const VAIN_LOOKS = 8;

/**
 * A consumer that reads what was before the ring, and then crosses into it, without a gap and without a message twice,
 * while producers go on.
 *
 * Until then producers do not wait for it. It crosses where the past ends, or as soon as its place is in the newer half of
 * the ring: it stores its cursor, gates, and looks whether the place is still there. Producers announce `oldest` before
 * they look at cursors, so one of the two sees the other (see joinAt in ring/join.ts). If the place was given up
 * meanwhile, nothing was read: it goes on in the past, where what the ring gave up is by now.
 */
export class PastPassage {
  private readonly segment: Segment;
  private readonly base: number;
  private readonly slot: number;
  private readonly ring: RecordConsumer;
  private readonly reader: PastReader;
  /** Whether producers will wait for it again. */
  private readonly willGate: boolean;
  /** Whether it has crossed into the ring. */
  isOver = false;
  private vainLooks = 0;

  constructor(segment: Segment, slot: number, ring: RecordConsumer, reader: PastReader, policy: ConsumerPolicy) {
    this.segment = segment;
    this.slot = slot;
    this.base = consumerSlotOffset(slot);
    this.ring = ring;
    this.reader = reader;
    this.willGate = gates(segment.shape, policy);
    this.setGate(policy.gating === 'always' ? 1 : 0);
    this.follow(0, 0);
  }

  /** Hands messages of the past out, up to `limit`, and crosses when it can. */
  poll(handler: MessageHandler, limit: number): number {
    const { ring, reader } = this;
    if (ring.gaps.isAny) ring.gaps.tell();
    let delivered = 0;
    let bytes = 0;
    const take: MessageHandler = (message) => {
      // what is missing before this message, as the past has just found; if that throws, the message comes again
      if (ring.gaps.isAny) ring.gaps.tell();
      handler(message);
      bytes += message.length;
    };
    try {
      while (delivered < limit && !ring.closed && reader.poll(take, 1) > 0) delivered += 1;
    } finally {
      this.follow(delivered, bytes);
    }
    if (delivered > 0) this.vainLooks = 0;
    const isNear = ring.position >= this.oldest() + this.segment.capacity / 2;
    this.isOver = (delivered === 0 || isNear) && !ring.closed && this.cross();
    return delivered;
  }

  /** Gives the past up for another place in the ring: from now on producers wait for the cursor again. */
  leave(): void {
    this.setGate(this.willGate ? 1 : 0);
    this.close();
  }

  close(): void {
    this.reader.close();
  }

  /** The cursor says how far it is: for who resumes here, and for the journal, which keeps what follows. */
  private follow(messages: number, bytes: number): void {
    const { nextSequence: sequence, place } = this.reader;
    this.ring.follow({ position: place?.position ?? this.ring.position, sequence }, messages, bytes);
  }

  private cross(): boolean {
    const { ring, reader, segment } = this;
    const { place } = reader;
    if (place === undefined || place.sequence !== reader.nextSequence) return this.giveUpVainly();
    putPlace(segment, this.slot, place);
    if (this.willGate) this.setGate(1);
    segment.control.fence();
    if (place.position >= this.oldest()) {
      ring.moveTo(place);
      ring.publish();
      this.close();
      return true;
    }
    this.setGate(0);
    return this.giveUpVainly();
  }

  /** What is nowhere any more is counted as lost; only then: the journal may be a moment behind the ring. */
  private giveUpVainly(): boolean {
    const { ring, segment } = this;
    this.vainLooks += 1;
    if (this.vainLooks < VAIN_LOOKS) return false;
    this.setGate(this.willGate ? 1 : 0);
    const oldest = oldestPlace(segment);
    putPlace(segment, this.slot, oldest);
    segment.control.fence();
    if (oldest.position < this.oldest()) return false;
    const from = this.reader.nextSequence;
    ring.moveTo(oldest);
    if (oldest.sequence > from) ring.lose(from, oldest.sequence - from, 'not-recorded');
    ring.publish();
    this.close();
    return true;
  }

  private setGate(value: 0 | 1): void {
    this.segment.control.storeVolatile(this.base + CONSUMER_SLOT.at.gates, value);
  }

  private oldest(): number {
    return this.segment.control.loadFloat64Acquire(CONTROL.at.oldest);
  }
}
