/*
 * Loaded into every process of a storm before anything else (NODE_OPTIONS): breaks the bus in the way that the variable
 * APBUS_SABOTAGE names, so that it can be shown that the torture notices.
 */
import { Consumer } from '#src/channel/consumer.js';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';
import { MappedBuffer } from '#src/memory/mapped-buffer.js';
import type { MessageView } from '#src/ring/message-view.js';
import { openClaimOf } from '#src/ring/open-claim.js';
import { RecordConsumer, type MessageHandler } from '#src/ring/record-consumer.js';
import { repairClaim } from '#src/ring/repair.js';

const EVERY = 20;
let calls = 0;
const isDue = (): boolean => ++calls % EVERY === 0;

function handOver(change: (handler: MessageHandler, message: MessageView) => void): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with `.call` only
  const { poll } = RecordConsumer.prototype;
  RecordConsumer.prototype.poll = function (this: RecordConsumer, handler, limit) {
    return poll.call(this, (message) => (isDue() ? change(handler, message) : handler(message)), limit);
  };
}

const WAYS: Readonly<Record<string, () => void>> = {
  tear: () => {
    // oxlint-disable-next-line typescript/unbound-method -- called with `.call` only
    const { putBytes } = MappedBuffer.prototype;
    MappedBuffer.prototype.putBytes = function (this: MappedBuffer, offset, source) {
      putBytes.call(this, offset, source);
      if (isDue()) this.bytes[offset + (source.length >>> 1)]! ^= 1;
    };
  },
  skip: () => handOver(() => {}),
  repeat: () =>
    handOver((handler, message) => {
      handler(message);
      handler(message);
    }),
  swallow: () => {
    // oxlint-disable-next-line typescript/unbound-method -- called with `.call` only
    const { write } = Producer.prototype;
    Producer.prototype.write = function (this: Producer, message) {
      return isDue() ? 1 : write.call(this, message);
    };
  },
  neglect: () => {
    (Segment.prototype as unknown as { withWritableRing: () => unknown }).withWritableRing = () => false;
  },
  usurp: () => {
    // oxlint-disable-next-line typescript/unbound-method -- called with `.call` only
    const { poll } = Consumer.prototype;
    Consumer.prototype.poll = function (this: Consumer, handler, limit) {
      const { ring, segment } = this as unknown as { ring: RecordConsumer; segment: Segment };
      const slot = ring.claimant();
      const claim = slot < 0 ? undefined : openClaimOf(segment, slot);
      if (claim !== undefined) segment.withWritableRing((storage) => repairClaim(storage, claim));
      return poll.call(this, handler, limit);
    };
  },
};

WAYS[process.env['APBUS_SABOTAGE'] ?? '']?.();
