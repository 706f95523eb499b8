import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY, type ConsumerPolicy } from '#src/channel/consumer-policy.js';
import { Reaper } from '#src/channel/reaper.js';
import { CONSUMER_SLOT, CONTROL, SlotState, consumerSlotOffset } from '#src/layout/schema.js';
import type { Segment } from '#src/layout/segment.js';
import { TemporaryChannel, numberOf, numbered } from '../../kit/temporary-channel.js';

const { at } = CONSUMER_SLOT;
const MS = 1e6;

function consumer(t: TestContext, channel: TemporaryChannel, policy: Partial<ConsumerPolicy>): Consumer {
  const opened = new Consumer(channel.segment(false), {
    name: 'reader',
    from: 'resume',
    policy: { ...DEFAULT_POLICY, ...policy },
  });
  t.after(() => opened.close());
  return opened;
}

function dead(channel: TemporaryChannel, policy: Partial<ConsumerPolicy>): void {
  const segment = channel.segment(false);
  const gone = new Consumer(segment, { name: 'reader', from: 'resume', policy: { ...DEFAULT_POLICY, ...policy } });
  assert.equal(gone.lost, 0);
  segment.close();
}

function slot({ control }: Segment): {
  state: number;
  gates: number;
  diedNs: number;
  evictions: number;
  reaped: number;
} {
  const base = consumerSlotOffset(0);
  return {
    state: control.loadVolatile(base + at.state),
    gates: control.loadVolatile(base + at.gates),
    diedNs: control.getFloat64(base + at.diedNs),
    evictions: control.getInt32(base + at.evictions),
    reaped: control.getFloat64(CONTROL.at.reaped),
  };
}

for (const type of ['SPMC', 'MPMC'] as const) {
  describe(`a dead consumer of a ${type} channel`, () => {
    it('is given up when its failure_timeout_ms have passed since it was found dead, and not before', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const observer = channel.observer();
      dead(channel, { failureTimeoutMs: 500 });
      const start = 1000 * MS;
      assert.equal(new Reaper(observer).reap(start), 0);
      assert.deepEqual([slot(observer).diedNs, slot(observer).gates], [start, 1]);
      // Another process goes on with the same count.
      const other = new Reaper(channel.observer());
      assert.equal(other.reap(start + 499 * MS), 0);
      assert.equal(slot(observer).gates, 1);
      assert.equal(other.reap(start + 500 * MS), 1);
      const { state, gates, reaped, evictions } = slot(observer);
      assert.deepEqual([state, gates, reaped, evictions], [SlotState.FAILED, 0, 1, 0]);
      assert.equal(other.reap(start + 9000 * MS), 0, 'once');
    });

    it('is given up at once without one', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const observer = channel.observer();
      dead(channel, {});
      assert.equal(new Reaper(observer).reap(77 * MS), 1);
      assert.deepEqual([slot(observer).diedNs, slot(observer).gates], [77 * MS, 0]);
    });

    it('that comes back in time starts anew: nothing lost, and the count is cleared', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const observer = channel.observer();
      const reaper = new Reaper(observer);
      dead(channel, { failureTimeoutMs: 500 });
      const producer = channel.producer();
      producer.write(numbered(1));
      reaper.reap(1000 * MS);
      const back = consumer(t, channel, { failureTimeoutMs: 500 });
      assert.equal(slot(observer).diedNs, 0);
      assert.equal(reaper.reap(9000 * MS), 0);
      assert.deepEqual([back.lag.messages, back.lost], [1, 0]);
    });

    it('is given up when its time of death cannot be', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const observer = channel.observer();
      for (const diedNs of [1e300, NaN, Infinity]) {
        dead(channel, { failureTimeoutMs: 500 });
        observer.control.putFloat64(consumerSlotOffset(0) + at.diedNs, diedNs);
        assert.equal(new Reaper(observer).reap(1000 * MS), 1, `${diedNs}`);
      }
    });
  });

  describe(`a living consumer of a ${type} channel with evict_after_ms`, () => {
    it('is given up when it had something to read for so long and did not move', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const reaper = new Reaper(channel.observer());
      const reader = consumer(t, channel, { evictAfterMs: 100 });
      const producer = channel.producer();
      producer.write(numbered(1));
      assert.equal(reaper.reap(1000 * MS), 0, 'seen for the first time');
      assert.equal(reaper.reap(1099 * MS), 0);
      reader.read();
      producer.write(numbered(2));
      assert.equal(reaper.reap(1150 * MS), 0, 'it moved');
      assert.equal(reaper.reap(1249 * MS), 0);
      assert.equal(reaper.reap(1250 * MS), 1);
      const { state, gates, evictions, reaped } = slot(channel.observer());
      assert.deepEqual([state, gates, evictions, reaped], [SlotState.FAILED, 0, 1, 1]);
    });

    it('is not given up while it has nothing to read, however long', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const reaper = new Reaper(channel.observer());
      consumer(t, channel, { evictAfterMs: 100 });
      const producer = channel.producer();
      for (const ms of [0, 1000, 2000]) assert.equal(reaper.reap(ms * MS), 0);
      producer.write(numbered(1));
      assert.equal(reaper.reap(9000 * MS), 0, 'its time begins when it is first seen not to read');
      assert.equal(reaper.reap(9099 * MS), 0);
      assert.equal(reaper.reap(9100 * MS), 1);
    });

    it('takes its place again at its next poll, with its exact loss', (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 0 });
      const observer = channel.observer();
      const reaper = new Reaper(observer);
      const reader = consumer(t, channel, { evictAfterMs: 100 });
      const producer = channel.producer();
      for (let n = 0; n < 3; n++) producer.write(numbered(n, 1000));
      assert.equal(reader.read()?.sequence, 0);
      reaper.reap(0);
      assert.equal(reaper.reap(100 * MS), 1);
      for (let n = 3; n < 500; n++) producer.write(numbered(n, 1000));
      let first = -1;
      let count = 0;
      while (reader.poll(({ sequence }) => void ((first = first < 0 ? sequence : first), count++)) > 0);
      assert.ok(first > 1, 'it was overtaken');
      assert.equal(reader.lost, first - 1);
      assert.equal(1 + count + reader.lost, 500);
      assert.deepEqual([slot(observer).state, slot(observer).gates], [SlotState.ACTIVE, 1]);
      while (producer.tryWrite(numbered(0, 1000)) >= 0) count++;
      assert.throws(() => producer.write(numbered(0, 1000)), /waits for consumer "reader"/, 'and is waited for again');
    });

    it('that is evicted and overtaken inside its handler gets nothing torn, and counts what it missed', (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 0 });
      const observer = channel.observer();
      const reaper = new Reaper(observer);
      const reader = consumer(t, channel, { evictAfterMs: 100 });
      const producer = channel.producer();
      for (let n = 0; n < 3; n++) producer.write(numbered(n, 1000));
      const numbers: number[] = [];
      const slow = ({ buffer, offset, length }: { buffer: Uint8Array; offset: number; length: number }): void => {
        if (numbers.length === 0) {
          reaper.reap(0);
          assert.equal(reaper.reap(100 * MS), 1);
          for (let n = 3; n < 500; n++) producer.write(numbered(n, 1000));
        }
        numbers.push(numberOf(buffer, offset, length));
      };
      reader.poll(slow, Infinity);
      assert.equal(numbers[0], 0);
      assert.equal(numbers.length + reader.lost, 500);
      assert.deepEqual(
        numbers.slice(1),
        Array.from({ length: numbers.length - 1 }, (_, n) => 500 - (numbers.length - 1) + n),
      );
      assert.equal(slot(observer).gates, 0);
      assert.equal(
        reader.poll(() => {}),
        0,
      );
      assert.deepEqual([slot(observer).state, slot(observer).gates], [SlotState.ACTIVE, 1]);
    });

    it('that closes at the moment at which it is given up has closed, and is not dead', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const observer = channel.observer();
      const reaper = new Reaper(observer);
      const reader = consumer(t, channel, { evictAfterMs: 100 });
      channel.producer().write(numbered(1));
      reaper.reap(0);
      const { control } = observer;
      const store = control.storeVolatile.bind(control);
      t.mock.method(control, 'storeVolatile', (offset: number, value: number) => {
        store(offset, value);
        if (offset === consumerSlotOffset(0) + at.gates) reader.close();
      });
      assert.equal(reaper.reap(100 * MS), 0);
      const { state, gates, evictions, reaped } = slot(observer);
      assert.deepEqual([state, gates, evictions, reaped], [SlotState.DETACHED, 0, 0, 0]);
    });

    it('that closes before it comes back counts the same when it resumes', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const reaper = new Reaper(channel.observer());
      const reader = consumer(t, channel, { evictAfterMs: 100 });
      const producer = channel.producer();
      producer.write(numbered(0, 1000));
      reaper.reap(0);
      assert.equal(reaper.reap(100 * MS), 1);
      for (let n = 1; n < 500; n++) producer.write(numbered(n, 1000));
      reader.close();
      const back = consumer(t, channel, {});
      assert.equal(back.lag.messages + back.lost, 500);
    });
  });
}

it('a consumer that waits before an open claim has nothing to read, and is not given up for it', (t) => {
  const channel = new TemporaryChannel(t, { type: 'MPMC' });
  const reaper = new Reaper(channel.observer());
  consumer(t, channel, { evictAfterMs: 100 });
  const claim = channel.producer().tryClaim(8);
  for (const ms of [0, 1000, 2000]) assert.equal(reaper.reap(ms * MS), 0);
  claim?.commit();
  assert.equal(reaper.reap(2500 * MS), 0);
  assert.equal(reaper.reap(2600 * MS), 1);
});

it('a consumer that does not gate is never evicted, and never waited for', (t) => {
  const channel = new TemporaryChannel(t, { type: 'SPMC', timeoutMs: 0 });
  const observer = channel.observer();
  consumer(t, channel, { gating: false });
  const producer = channel.producer();
  for (let n = 0; n < 1000; n++) producer.write(numbered(n, 1000));
  assert.deepEqual([slot(observer).state, slot(observer).gates], [SlotState.ACTIVE, 0]);
});
