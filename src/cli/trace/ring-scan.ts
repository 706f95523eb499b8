import type { MessageView } from '../../channel/index.js';
import { refuseTruncated } from '../../channel/lost-segment.js';
import { CONTROL } from '../../layout/schema.js';
import { Segment } from '../../layout/segment.js';
import { RingObserver } from '../../ring/observer.js';
import { producerName } from '../tail/producer-name.js';
import type { HopPlace } from './hop.js';

/** Where a search begins. */
export type SearchStart = 'oldest' | { readonly timeNs: bigint };

export type MessageLook = (message: MessageView, place: HopPlace, producer: () => string) => void;

/**
 * Goes over the messages that are in a channel's ring, from outside. What is looked at was copied and not overwritten
 * meanwhile; `lost` counts what was overwritten before its turn came.
 */
export class RingScan {
  readonly place: HopPlace;
  private readonly segment: Segment;
  private readonly observer: RingObserver;
  /** Of the first message that was not there when it began. */
  private readonly end: number;

  /** It closes the segment. @throws BusError `ERR_CORRUPT` */
  constructor(segment: Segment, from: SearchStart) {
    this.segment = segment;
    this.place = {
      channel: segment.channel,
      lifeNs: segment.control.view.getBigUint64(CONTROL.at.createdNs, true),
      found: 'ring',
    };
    this.observer = new RingObserver(segment);
    this.end = this.observer.sequence;
    this.observer.moveTo(from);
  }

  get lost(): number {
    return this.observer.lost;
  }

  /** Whether it has seen all that was there when it began: a producer may write faster than it reads. */
  get isThrough(): boolean {
    return this.observer.sequence >= this.end;
  }

  /** Whether the channel was removed, or made anew. */
  get isGone(): boolean {
    return !this.segment.isLinked();
  }

  /** Looks at up to `limit` messages, and answers how many: 0 at the end. @throws BusError `ERR_CORRUPT` */
  poll(look: MessageLook, limit: number): number {
    refuseTruncated(this.segment);
    return this.observer.poll(
      (message) => look(message, this.place, () => producerName(this.segment, message.producerId)),
      limit,
    );
  }

  /** Looks at one message, if it is still there. */
  lookAt(sequence: number, look: (message: MessageView) => void): boolean {
    refuseTruncated(this.segment);
    this.observer.moveTo({ sequence });
    return lookAtOne(this.observer, sequence, look);
  }

  close(): void {
    this.segment.close();
  }
}

/** Looks at the message that `source` stands at, if it is the one. */
export function lookAtOne(
  source: { poll(handler: (message: MessageView) => void, limit: number): number },
  sequence: number,
  look: (message: MessageView) => void,
): boolean {
  let isThere = false;
  source.poll((message) => {
    if (message.sequence !== sequence) return;
    isThere = true;
    look(message);
  }, 1);
  return isThere;
}

/** The ring of a channel; undefined when it has none. @throws BusError when it cannot be looked at */
export function openRing(directory: string, channel: string, from: SearchStart): RingScan | undefined {
  const segment = Segment.openExisting(directory, channel, { ringWritable: false });
  if (segment === undefined) return undefined;
  try {
    return new RingScan(segment, from);
  } catch (error) {
    segment.close();
    throw error;
  }
}
