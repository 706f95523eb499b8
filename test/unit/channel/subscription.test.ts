import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { ConsumerWaker } from '#src/channel/wakeups.js';
import { CONSUMER_SLOT, WaiterKind, consumerSlotOffset } from '#src/layout/schema.js';
import { keepPulse } from '#src/liveness/pulse.js';
import { BEAT_MS } from '#src/liveness/state.js';
import { BusError } from '#src/platform/bus-error.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

const claimState = (error: unknown): boolean => BusError.is(error, 'ERR_CLAIM_STATE');
/** How often the event loop turns before a promise that needs it must be settled: far more than it takes. */
const TURNS = 200;

async function turnUntil(done: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < TURNS && !done(); turn++) await nextTurn();
  assert.ok(done(), what);
}

for (const type of ['SPSC', 'MPMC'] as const) {
  describe(`while a subscription sleeps, on a ${type} channel`, () => {
    const sleeping = (channel: TemporaryChannel): (() => boolean) => {
      const { control } = channel.observer();
      return () => control.loadVolatile(consumerSlotOffset(0) + CONSUMER_SLOT.at.sleeping) === WaiterKind.FIFO;
    };
    const asleep = async (t: TestContext, channel: TemporaryChannel, consumer: Consumer): Promise<number[]> => {
      const seen: number[] = [];
      const subscribed = consumer.subscribe((message) => seen.push(message.sequence));
      t.after(async () => {
        consumer.close();
        await subscribed;
      });
      await turnUntil(sleeping(channel), 'it sleeps');
      return seen;
    };

    it('its consumer is not to wait in another way: it would not be woken', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const seen = await asleep(t, channel, consumer);
      assert.throws(() => consumer.waitSync(0), claimState);
      assert.throws(() => consumer.waitSync(5), claimState);
      assert.ok(sleeping(channel)(), 'it still says that it sleeps');
      producer.write(numbered(1));
      await turnUntil(() => seen.length > 0, 'the message wakes it');
    });

    it('its consumer may poll and read: it goes on behind that', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const seen = await asleep(t, channel, consumer);
      producer.writeBatch([numbered(0), numbered(1), numbered(2)]);
      assert.equal(consumer.read()!.sequence, 0);
      assert.equal(
        consumer.poll(() => {}, 1),
        1,
      );
      await turnUntil(() => seen.length === 1, 'the third comes');
      assert.deepEqual(seen, [2]);
      await turnUntil(sleeping(channel), 'it sleeps again');
      producer.write(numbered(3));
      await turnUntil(() => seen.length === 2, 'and so does the fourth');
    });

    it('the beat of its event loop finds the message that a dead writer could not wake it for', async (t) => {
      t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const segment = channel.segment(false);
      t.after(keepPulse(segment));
      const seen = await asleep(t, channel, new Consumer(segment, { name: 'reader', from: 'latest' }));
      t.mock.method(ConsumerWaker.prototype, 'wakeAll', () => {});
      producer.write(numbered(0));
      t.mock.timers.tick(BEAT_MS - 1);
      for (let turn = 0; turn < TURNS; turn++) await nextTurn();
      assert.deepEqual(seen, []);
      t.mock.timers.tick(1);
      await turnUntil(() => seen.length === 1, 'it comes with the beat');
    });

    it('a seek to what is there wakes it', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      producer.writeBatch([numbered(0), numbered(1), numbered(2)]);
      const consumer = channel.consumer();
      const seen = await asleep(t, channel, consumer);
      consumer.seek({ sequence: 1 });
      await turnUntil(() => seen.length === 2, 'what it went back to comes');
      assert.deepEqual(seen, [1, 2]);
    });
  });

  it(`an iteration of a ${type} channel refuses waitSync in its body, and not after it`, async (t) => {
    const channel = new TemporaryChannel(t, { type });
    const producer = channel.producer();
    const consumer = channel.consumer();
    producer.write(numbered(0));
    for await (const message of consumer) {
      assert.equal(message.sequence, 0);
      assert.throws(() => consumer.waitSync(0), claimState);
      break;
    }
    assert.equal(consumer.waitSync(0), false);
  });
}
