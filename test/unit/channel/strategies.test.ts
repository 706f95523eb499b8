import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { RepairWhilePolling } from '#src/channel/claim-repair.js';
import type { Producer } from '#src/channel/producer.js';
import { CONTROL } from '#src/layout/schema.js';
import { BusError, type BusErrorCode } from '#src/platform/bus-error.js';
import { ClaimWordConsumer } from '#src/ring/claim-word-consumer.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

/** How often something short waits until it is seen to sleep. */
const WAITS = 20;
const STRATEGIES = ['spin', 'yield', 'backoff', 'park'] as const;
const is = (code: BusErrorCode) => (error: unknown) => BusError.is(error, code);

function fill(producer: Producer): void {
  while (producer.tryWrite(numbered(0, 1000)) >= 0);
}

for (const idle of STRATEGIES) {
  const sleeps = idle === 'park';

  describe(`an endpoint whose strategy is ${idle}`, () => {
    it(`${sleeps ? 'says' : 'never says'} that it sleeps, so that writers ${sleeps ? 'wake it' : 'make no system call'}`, async (t) => {
      const channel = new TemporaryChannel(t, { type: 'MPMC', idle, timeoutMs: 5 });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const { control } = channel.observer();
      const says = (flag: number): boolean => control.loadVolatile(flag) === 1;
      const { consumersWaiting, producersWaiting } = CONTROL.at;
      // on a busy machine the time may be over before it has come to sleeping
      for (let n = 0; n < WAITS && !says(consumersWaiting); n++) assert.equal(consumer.waitSync(5), false);
      assert.equal(says(consumersWaiting), sleeps);
      fill(producer);
      const write = (): number => producer.write(numbered(0, 1000));
      for (let n = 0; n < WAITS && !says(producersWaiting); n++) assert.throws(write, is('ERR_BACKPRESSURE'));
      assert.equal(says(producersWaiting), sleeps);
      control.storeVolatile(consumersWaiting, 0);
      consumer.poll(() => {}, Infinity);
      const stop = new AbortController();
      const subscribed = consumer.subscribe(() => {}, { signal: stop.signal });
      for (let turn = 0; turn < 100; turn++) await nextTurn();
      assert.equal(says(consumersWaiting), sleeps);
      stop.abort();
      await subscribed;
    });

    it('hands over what is written while it turns the event loop', async (t) => {
      const channel = new TemporaryChannel(t, { idle });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const seen: number[] = [];
      const subscribed = consumer.subscribe((message) => {
        seen.push(message.sequence);
        if (seen.length === 3) consumer.close();
      });
      for (let n = 0; n < 3; n++) {
        for (let turn = 0; turn < 50; turn++) await nextTurn();
        producer.write(numbered(n));
      }
      await subscribed;
      assert.deepEqual(seen, [0, 1, 2]);
    });

    it('ends a writeAsync at once when it is aborted or closed, and leaves no listener behind', async (t) => {
      const channel = new TemporaryChannel(t, { idle, timeoutMs: 20_000 });
      const producer = channel.producer();
      const consumer = channel.consumer();
      fill(producer);
      const stop = new AbortController();
      const aborted = producer.writeAsync(numbered(0, 1000), { signal: stop.signal });
      const other = new AbortController();
      const closed = producer.writeAsync(numbered(0, 1000), { signal: other.signal });
      const refusals = [assert.rejects(aborted, is('ERR_ABORTED')), assert.rejects(closed, is('ERR_CLOSED'))];
      // far more turns than it takes to be asleep on a timer
      for (let turn = 0; turn < 200; turn++) await nextTurn();
      stop.abort();
      await refusals[0];
      producer.close();
      await refusals[1];
      for (const { signal } of [stop, other]) assert.equal(getEventListeners(signal, 'abort').length, 0);
      assert.equal(consumer.read()?.sequence, 0);
    });

    it('ends a subscription at once when it is aborted or closed, and leaves no listener behind', async (t) => {
      const consumer = new TemporaryChannel(t, { idle }).consumer();
      const stop = new AbortController();
      for (const end of [() => stop.abort(), () => consumer.close()]) {
        const signal = stop.signal.aborted ? new AbortController().signal : stop.signal;
        const subscribed = consumer.subscribe(() => {}, { signal });
        for (let turn = 0; turn < 200; turn++) await nextTurn();
        end();
        await subscribed;
        assert.equal(getEventListeners(signal, 'abort').length, 0);
      }
    });

    it('gives up dead consumers, and repairs dead claims', async (t) => {
      const channel = new TemporaryChannel(t, { type: 'MPMC', idle, timeoutMs: 20_000 });
      channel.deadConsumer('dead');
      const producer = channel.producer();
      fill(producer);
      assert.ok(producer.write(numbered(0, 1000)) > 0);
      channel.deadConsumer('too');
      fill(producer);
      assert.ok((await producer.writeAsync(numbered(0, 1000))) > 0);
      const consumer = channel.consumer();
      channel.deadProducer((dead) => dead.tryClaim(8));
      const sequence = producer.write(numbered(7));
      assert.equal(consumer.waitSync(20_000), true);
      assert.equal(consumer.read()?.sequence, sequence);
      channel.deadProducer((dead) => dead.tryClaim(8));
      const last = producer.write(numbered(8));
      await consumer.subscribe((message) => {
        assert.equal(message.sequence, last);
        consumer.close();
      });
      assert.equal(consumer.lost, 2);
    });
  });
}

describe('a consumer that polls', () => {
  it('repairs a dead claim after a few empty polls, as a loop on a slow timer makes them', (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPSC' });
    const consumer = channel.consumer();
    channel.deadProducer((producer) => producer.tryClaim(8));
    let polls = 0;
    while (consumer.lost === 0 && polls < 20) {
      consumer.read();
      polls++;
    }
    assert.ok(polls <= 9, `${polls} polls`);
  });

  it('asks the kernel at most every 4 ms, and reads no clock while no claim is open', (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPSC' });
    const living = channel.producer();
    channel.consumer();
    const segment = channel.observer();
    const ring = new ClaimWordConsumer(segment, 0, { position: 0, sequence: 0 });
    let [nowNs, readings, asked] = [1e9, 0, 0];
    const clock = {
      monotonicNs: (): number => {
        readings += 1;
        return nowNs;
      },
    };
    const counting = new Proxy(segment, {
      get: (target, key) => {
        if (key === 'fd') asked += 1;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
      },
    });
    const repairs = new RepairWhilePolling();
    const look = (): void => repairs.look(counting, ring, clock);
    look();
    assert.deepEqual([readings, asked], [0, 0]);
    const claim = living.tryClaim(8)!;
    look();
    assert.equal(asked, 1);
    for (let n = 0; n < 3; n++) {
      nowNs += 1e6;
      look();
    }
    assert.equal(asked, 1, 'within 4 ms it does not ask again');
    nowNs += 1e6;
    look();
    assert.equal(asked, 2);
    claim.abort();
  });
});
