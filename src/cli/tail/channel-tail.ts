import { refuseTruncated } from '../../channel/lost-segment.js';
import { CONTROL } from '../../layout/schema.js';
import { Segment } from '../../layout/segment.js';
import type { MessageView } from '../../ring/message-view.js';
import { RingObserver } from '../../ring/observer.js';
import type { Place } from '../place.js';
import { producerName } from './producer-name.js';

/** The messages of a channel, also beyond the life of one segment; what is missing is told in words. */
export class ChannelTail {
  private segment: Segment;
  private observer: RingObserver;
  private isRemoved = false;
  private readonly say: (what: string) => void;

  /** It closes the segment. */
  constructor(segment: Segment, from: Place, say: (what: string) => void) {
    this.say = say;
    this.segment = segment;
    this.observer = this.observe(from);
  }

  /**
   * Hands up to `limit` messages out, each with the name of its producer, and returns how many.
   *
   * @throws BusError `ERR_CORRUPT`, also when the segment's file was cut off
   */
  poll(handler: (message: MessageView, producer: string) => void, limit: number): number {
    refuseTruncated(this.segment);
    return this.observer.poll((message) => handler(message, producerName(this.segment, message.producerId)), limit);
  }

  /**
   * Looks whether the segment was removed, and goes on with the next one when the channel is made anew. Told first, and done
   * by the call after that, so that what was written before the removal has been read meanwhile.
   *
   * @throws BusError as `Segment.openExisting`: when the new one cannot be used
   */
  moveOn(): void {
    const { segment } = this;
    const { directory, channel } = segment;
    if (segment.isLinked()) return;
    if (!this.isRemoved) {
      this.isRemoved = true;
      this.say(`channel ${channel} was removed; waiting until it is made anew`);
      return;
    }
    const next = Segment.openExisting(directory, channel, { ringWritable: false });
    if (next === undefined) return;
    segment.close();
    this.segment = next;
    this.isRemoved = false;
    this.observer = this.observe('oldest');
    const pid = next.control.view.getUint32(CONTROL.at.creatorPid, true);
    this.say(`channel ${channel} was made anew by process ${pid}; this goes on at its beginning`);
  }

  close(): void {
    this.segment.close();
  }

  private observe(from: Place): RingObserver {
    const observer = new RingObserver(this.segment, ({ sequence, lost, reason }) =>
      this.say(`${lost} messages from sequence ${sequence} on are missing: ${reason}`),
    );
    observer.moveTo(from);
    return observer;
  }
}
