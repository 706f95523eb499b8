import type { Segment } from '../layout/segment.js';
import type { Gap } from '../ring/gaps.js';
import type { MessageHandler, Place, RecordConsumer } from '../ring/record-consumer.js';
import { DEFAULT_POLICY } from './consumer-policy.js';
import type { ConsumerSettings } from './consumer-settings.js';
import { PastPassage, pastOf, type PastReader } from './past.js';
import type { StartFrom } from './start-from.js';

/** The part of a consumer's life in which it reads what was before the ring; most have none. */
export class Replay {
  private readonly segment: Segment;
  private readonly slot: number;
  private readonly settings: ConsumerSettings;
  private reader: PastReader | undefined;
  private passage: PastPassage | undefined;
  /** What is missing before the first message, until there is a ring that can tell it. */
  private early: Gap[] = [];
  private ring: RecordConsumer | undefined;

  constructor(segment: Segment, slot: number, settings: ConsumerSettings) {
    this.segment = segment;
    this.slot = slot;
    this.settings = settings;
  }

  get isUnderWay(): boolean {
    return this.passage !== undefined;
  }

  /** Looks for what was asked for before the place that was found in the ring; true when there is some of it. */
  begin(from: StartFrom, place: Place, lost: number): boolean {
    const start = pastOf(this.segment, from, place, lost);
    if (start === undefined) return false;
    this.ring = undefined;
    const reader = this.settings.openPast?.(start, (gap) => {
      if (this.ring === undefined) this.early.push(gap);
      else this.ring.lose(gap.sequence, gap.lost, gap.reason);
    });
    if (reader === undefined || reader.nextSequence >= place.sequence) {
      reader?.close();
      this.early = [];
      return false;
    }
    this.reader = reader;
    return true;
  }

  /** After `begin` found something: from now on `poll` hands that out. */
  enter(ring: RecordConsumer): void {
    const { reader, segment, slot, settings } = this;
    if (reader === undefined) return;
    this.reader = undefined;
    this.ring = ring;
    for (const gap of this.early) ring.lose(gap.sequence, gap.lost, gap.reason);
    this.early = [];
    this.passage = new PastPassage(segment, slot, ring, reader, settings.policy ?? DEFAULT_POLICY);
  }

  poll(handler: MessageHandler, limit: number): number {
    const { passage } = this;
    if (passage === undefined) return 0;
    const delivered = passage.poll(handler, limit);
    if (passage.isOver) this.passage = undefined;
    // what was given up: nobody may come to poll again
    if (this.ring?.gaps.isAny === true) this.ring.gaps.tell();
    return delivered;
  }

  /** Ends it where it is: producers wait for the cursor again. */
  leave(): void {
    this.passage?.leave();
    this.passage = undefined;
  }

  close(): void {
    this.passage?.close();
    this.passage = undefined;
  }
}
