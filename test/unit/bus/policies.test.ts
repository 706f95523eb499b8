import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { BusError, MessageBus, type BusConfig } from 'alphapulse-bus';
import { CONSUMER_SLOT, GatingPolicy, consumerSlotOffset } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { numberOf, numbered, temporaryDirectory } from '../../kit/temporary-channel.js';

const config: BusConfig = {
  channels: {
    quotes: {
      type: 'SPMC',
      producer: 'feed',
      consumers: ['strategy', 'recorder', 'screen'],
      consumer: {
        recorder: { gating: 'always' },
        screen: { gating: false, stalledAfterMs: 7 },
        strategy: { failureTimeoutMs: 1, evictAfterMs: 2, quarantineAfter: 3 },
      },
      bufferSize: '64KB',
      messageSizeMax: 1000,
      backpressure: { timeoutMs: 5 },
    },
  },
};
const { at } = CONSUMER_SLOT;

async function open(t: TestContext, service: string, directory: string): Promise<MessageBus> {
  const bus = await MessageBus.open({ service, config, directory });
  t.after(() => bus.close());
  return bus;
}

/** What stands in the first slots. */
function slots(directory: string, count: number): number[][] {
  const segment = Segment.openExisting(directory, 'quotes', { ringWritable: false })!;
  const { control } = segment;
  const words = [at.gates, at.gating, at.failureTimeoutMs, at.stalledAfterMs, at.evictAfterMs, at.quarantineAfter];
  const found = Array.from({ length: count }, (_, slot) =>
    words.map((word) => control.getInt32(consumerSlotOffset(slot) + word)),
  );
  segment.close();
  return found;
}

describe("a consumer's own policy", () => {
  it('stands in its slot, for producers and for those who look on', async (t) => {
    const directory = temporaryDirectory(t);
    for (const service of ['strategy', 'screen']) (await open(t, service, directory)).consumer('quotes');
    assert.deepEqual(slots(directory, 3), [
      [1, GatingPolicy.ALWAYS, 0, 1000, 0, 0],
      [1, GatingPolicy.ATTACHED, 1, 1000, 2, 3],
      [0, GatingPolicy.NEVER, 0, 7, 0, 0],
    ]);
  });

  it('"always": it gets a thousand messages that were written before it came for the first time', async (t) => {
    const directory = temporaryDirectory(t);
    const producer = (await open(t, 'feed', directory)).producer('quotes');
    for (let n = 0; n < 1000; n++) assert.equal(producer.tryWrite(numbered(n)), n);
    const consumer = (await open(t, 'recorder', directory)).consumer('quotes');
    let next = 0;
    consumer.poll(({ buffer, offset, length }) => assert.equal(numberOf(buffer, offset, length), next++));
    assert.deepEqual([next, consumer.lost], [1000, 0]);
  });

  it('"always": a producer is told for whom everything is kept', async (t) => {
    const directory = temporaryDirectory(t);
    const producer = (await open(t, 'feed', directory)).producer('quotes');
    assert.throws(
      () => {
        for (;;) producer.write(numbered(0, 1000));
      },
      (error) => BusError.is(error, 'ERR_BACKPRESSURE') && /"recorder", which is not attached/.test(error.message),
    );
  });

  it('"always": it may skip what was kept, when it says so', async (t) => {
    const directory = temporaryDirectory(t);
    (await open(t, 'feed', directory)).producer('quotes').write(numbered(0));
    const consumer = (await open(t, 'recorder', directory)).consumer('quotes', { from: 'latest' });
    assert.deepEqual([consumer.read(), consumer.sequence, consumer.lost], [undefined, 1, 0]);
  });

  it('holds under another name of its service, except that nothing is kept for that', async (t) => {
    const directory = temporaryDirectory(t);
    (await open(t, 'recorder', directory)).consumer('quotes', { name: 'second' });
    (await open(t, 'screen', directory)).consumer('quotes', { name: 'third' });
    assert.deepEqual(slots(directory, 3), [
      [1, GatingPolicy.ALWAYS, 0, 1000, 0, 0],
      [1, GatingPolicy.ATTACHED, 0, 1000, 0, 0],
      [0, GatingPolicy.NEVER, 0, 7, 0, 0],
    ]);
  });

  it('"always": no other service takes the name', async (t) => {
    const bus = await open(t, 'screen', temporaryDirectory(t));
    assert.throws(
      () => bus.consumer('quotes', { name: 'recorder' }),
      (error) =>
        BusError.is(error, 'ERR_INVALID_ARGUMENT') && /keeps everything for service "recorder"/.test(error.message),
    );
  });
});
