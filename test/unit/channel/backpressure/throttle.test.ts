import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { BackpressureSettings } from '#src/channel/backpressure/settings.js';
import { throttleDelayNs } from '#src/channel/backpressure/water-level.js';
import { nextTurn } from '#src/channel/loop-sleep.js';
import { BusError, type BusErrorCode } from '#src/platform/bus-error.js';
import { FakeMachine } from '../../../kit/fake-machine.js';
import { TemporaryChannel, numbered } from '../../../kit/temporary-channel.js';

const MARKS = { highWaterMark: 0.8, lowWaterMark: 0.6 };
const DELAYS = { minDelayUs: 10, maxDelayUs: 1000 };
const THROTTLE: BackpressureSettings = { mode: 'AdaptiveThrottle', timeoutMs: 0, ...DELAYS, ...MARKS };
/** A sixty-fourth of the ring, header included. */
const message = numbered(0, 1024 - 40);
/** What a pause may be longer than it was meant to be. */
const SLACK_NS = 2e3;

const is = (code: BusErrorCode) => (error: unknown) => BusError.is(error, code);

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn();
}

for (const type of ['SPSC', 'MPMC'] as const) {
  const open = (t: TestContext, backpressure = THROTTLE) => {
    const machine = new FakeMachine();
    const channel = new TemporaryChannel(t, { type, backpressure });
    return { machine, producer: channel.producer(true, 'writer', { machine }), consumer: channel.consumer() };
  };

  describe(`a throttled write, on a ${type} channel`, () => {
    it('is delayed by how full the ring is when it comes, from the high mark on', (t) => {
      const { machine, producer } = open(t);
      let delayed = 0;
      for (let n = 0; n < 62; n++) {
        const before = machine.nowNs;
        const { utilization } = producer;
        producer.write(message);
        const ns = machine.nowNs - before;
        if (ns === 0) {
          assert.ok(utilization < 0.8 + 1 / 32, `not delayed at ${utilization}`);
          continue;
        }
        const expected = throttleDelayNs(utilization, MARKS, DELAYS);
        assert.ok(ns >= expected && ns <= expected + SLACK_NS, `${ns} ns at ${utilization}, not ${expected}`);
        delayed += 1;
        assert.equal(producer.statistics.throttled, delayed);
      }
      assert.ok(delayed >= 10, `${delayed} were delayed`);
      assert.equal(producer.statistics.throttledNs, machine.elapsedNs);
      assert.equal(producer.statistics.highWater, 1);
    });

    it('is delayed by the least between the marks on the way down, and not at all from the low mark on', (t) => {
      const { machine, producer, consumer } = open(t);
      while (producer.utilization < 0.9) producer.write(message);
      const cost = (): number => {
        const before = machine.nowNs;
        producer.write(message);
        return machine.nowNs - before;
      };
      while (producer.utilization > 0.7) consumer.poll(() => {}, 1);
      const between = cost();
      assert.ok(between >= 10e3 && between <= 10e3 + SLACK_NS, `${between} ns`);
      while (producer.utilization > 0.6) consumer.poll(() => {}, 1);
      assert.equal(cost(), 0, 'the first one already');
      while (producer.utilization < 0.75) assert.equal(cost(), 0, 'up to the high mark again');
    });

    it('is not delayed once more because of what the ring was before a pause of the writer', (t) => {
      const { machine, producer, consumer } = open(t);
      while (producer.utilization < 0.95) producer.tryWrite(message);
      while (consumer.poll(() => {}) > 0);
      const before = machine.nowNs;
      producer.write(message);
      assert.equal(machine.nowNs, before);
    });

    it('fails after the time-out where there is no room for it, and says so', async (t) => {
      const { producer } = open(t);
      while (producer.tryWrite(message) >= 0);
      assert.throws(() => producer.write(message), is('ERR_BACKPRESSURE'));
      assert.ok(producer.statistics.throttled === 1 && producer.statistics.rejected === 1);
    });

    it('is delayed after a full ring, also where a long message finds it full below the high mark', (t) => {
      const marks = { highWaterMark: 0.95, lowWaterMark: 0.6 };
      const { machine, producer } = open(t, { ...THROTTLE, ...marks });
      const long = numbered(0, 8192);
      while (producer.tryWrite(long) >= 0);
      assert.ok(producer.utilization < 0.95);
      assert.equal(producer.statistics.highWater, 1);
      assert.throws(() => producer.write(long), is('ERR_BACKPRESSURE'));
      assert.ok(machine.elapsedNs >= 10e3);
    });

    it('is told by its stamps: called before the delay, received after it', (t) => {
      const channel = new TemporaryChannel(t, { type, backpressure: { ...THROTTLE, minDelayUs: 500 } });
      const [producer, consumer] = [channel.producer(), channel.consumer()];
      while (producer.utilization < 0.85) producer.tryWrite(message);
      const sequence = producer.write(message);
      let latencyNs = -1;
      consumer.poll((seen) => {
        if (seen.sequence === sequence) latencyNs = seen.busLatencyNs;
      }, Infinity);
      assert.ok(latencyNs >= 500e3, `${latencyNs} ns`);
    });
  });

  describe(`throttled calls of writeAsync, on a ${type} channel`, () => {
    it('are delayed one after the other, however many there are at the same time', async (t) => {
      const delays = { minDelayUs: 100, maxDelayUs: 100 };
      const { machine, producer } = open(t, { ...THROTTLE, ...delays, timeoutMs: 1000 });
      while (producer.utilization < 0.81) producer.tryWrite(message);
      let written = 0;
      const calls = Array.from({ length: 5 }, () => producer.writeAsync(message).then(() => written++));
      for (let n = 0; n < 5; n++) {
        await turns();
        assert.equal(written, n, `after ${n * 100} µs`);
        machine.nowNs += 100e3;
      }
      await Promise.all(calls);
      assert.equal(producer.statistics.throttledNs, 1500e3);
    });

    it('all go on when the level has fallen', async (t) => {
      const delays = { minDelayUs: 100, maxDelayUs: 100 };
      const { machine, producer, consumer } = open(t, { ...THROTTLE, ...delays, timeoutMs: 1000 });
      while (producer.utilization < 0.85) producer.tryWrite(message);
      const calls = Array.from({ length: 5 }, () => producer.writeAsync(message));
      while (consumer.poll(() => {}) > 0);
      await turns();
      machine.nowNs += 100e3;
      await Promise.all(calls);
      assert.equal(machine.elapsedNs, 100e3);
    });

    it('wait for others no longer than their time-out', async (t) => {
      const delays = { minDelayUs: 100_000, maxDelayUs: 100_000 };
      const { machine, producer } = open(t, { ...THROTTLE, ...delays, timeoutMs: 3_600_000 });
      while (producer.utilization < 0.81) producer.tryWrite(message);
      const stop = new AbortController();
      const { signal } = stop;
      const calls = [producer.writeAsync(message), producer.writeAsync(message, { timeoutMs: 0 })];
      const patient = assert.rejects(producer.writeAsync(message, { signal }), is('ERR_ABORTED'));
      machine.nowNs += 100e6;
      await Promise.all(calls);
      stop.abort();
      await patient;
    });

    it('end at once when they are aborted, or their producer closed', async (t) => {
      const delays = { minDelayUs: 60_000_000, maxDelayUs: 60_000_000 };
      const { producer } = open(t, { ...THROTTLE, ...delays });
      while (producer.utilization < 0.81) producer.tryWrite(message);
      const stop = new AbortController();
      const ends = [
        assert.rejects(producer.writeAsync(message, { signal: stop.signal }), is('ERR_ABORTED')),
        assert.rejects(producer.writeAsync(message), is('ERR_CLOSED')),
      ];
      await turns();
      stop.abort();
      await ends[0];
      producer.close();
      await ends[1];
    });
  });
}
