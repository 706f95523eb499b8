import assert from 'node:assert/strict';
import { setTimeout as later } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import type { Consumer } from '#src/channel/consumer.js';
import type { BackpressureSettings } from '#src/channel/backpressure/settings.js';
import { Producer } from '#src/channel/producer.js';
import { BusError, type BusErrorCode } from '#src/platform/bus-error.js';
import { BACKPRESSURE, CIRCUIT_OPEN, DROPPED } from '#src/ring/codes.js';
import { TemporaryChannel, numbered } from '../kit/temporary-channel.js';

const MARKS = { highWaterMark: 0.8, lowWaterMark: 0.6 };
const BREAKER: BackpressureSettings = {
  mode: 'CircuitBreaker',
  failureThreshold: 3,
  failureWindowMs: 60_000,
  recoveryTimeoutMs: 400,
  ...MARKS,
};
const DROP_NEWEST = { mode: 'DropNewest', ...MARKS } as const;
const THROTTLE = { mode: 'AdaptiveThrottle', timeoutMs: 5, minDelayUs: 200, maxDelayUs: 2000, ...MARKS } as const;
interface Ends {
  readonly producer: Producer;
  readonly consumer: Consumer;
}

const is = (code: BusErrorCode) => (error: unknown) => BusError.is(error, code);
const big = numbered(0, 1000);

function fill(producer: Producer): number {
  let written = 0;
  while (producer.tryWrite(big) >= 0) written++;
  return written;
}

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
  const open = (t: TestContext, backpressure: BackpressureSettings): Ends => {
    const channel = new TemporaryChannel(t, { type, backpressure });
    return { producer: channel.producer(), consumer: channel.consumer() };
  };

  describe(`a full ${type} channel that drops the newest`, () => {
    it('says DROPPED, counts it, and keeps what it has', async (t) => {
      const { producer, consumer } = open(t, DROP_NEWEST);
      let accepted = 0;
      let dropped = 0;
      for (let n = 0; n < 200; n++) {
        const sequence = n % 2 === 0 ? producer.write(big) : producer.tryWrite(big);
        if (sequence === DROPPED) dropped++;
        else assert.equal(sequence, accepted++);
      }
      assert.ok(dropped > 100);
      assert.equal(await producer.writeAsync(big), DROPPED);
      assert.equal(producer.writeBatch([big, big]), 0);
      assert.equal(producer.tryClaim(1000), undefined);
      assert.equal(producer.statistics.dropped, dropped + 3);
      let read = 0;
      while (consumer.poll(() => read++) > 0);
      assert.equal(read, accepted);
      assert.equal(producer.write(big), accepted, 'there is room again');
    });
  });

  describe(`a ${type} channel with a circuit breaker`, () => {
    it('fails at once when full, opens at the threshold, and closes with the first write that finds room', async (t) => {
      const { producer, consumer } = open(t, BREAKER);
      fill(producer); // the first failure
      assert.throws(() => producer.write(big), is('ERR_BACKPRESSURE'));
      assert.equal(producer.breaker, 'closed');
      await assert.rejects(producer.writeAsync(big), is('ERR_BACKPRESSURE'));
      assert.equal(producer.breaker, 'open');
      assert.equal(producer.tryWrite(big), CIRCUIT_OPEN);
      assert.equal(producer.writeBatch([big]), 0);
      assert.equal(producer.tryClaim(10), undefined);
      assert.throws(() => producer.write(big), is('ERR_CIRCUIT_OPEN'));
      await assert.rejects(producer.writeAsync(big), is('ERR_CIRCUIT_OPEN'));
      await later(450);
      assert.equal(producer.tryWrite(big), BACKPRESSURE, 'the probe finds it full still');
      assert.equal(producer.breaker, 'open');
      while (consumer.poll(() => {}) > 0);
      assert.throws(() => producer.write(big), is('ERR_CIRCUIT_OPEN'), 'room alone does not close it');
      await later(450);
      assert.ok(producer.write(big) > 0);
      assert.equal(producer.breaker, 'closed');
      assert.ok(producer.statistics.circuitOpen >= 5);
    });

    it('takes the commit of a claim for a success, and an abort for nothing', async (t) => {
      const { producer, consumer } = open(t, BREAKER);
      fill(producer);
      for (let n = 0; n < 2; n++) assert.equal(producer.tryWrite(big), BACKPRESSURE);
      while (consumer.poll(() => {}) > 0);
      await later(450);
      producer.tryClaim(10)!.abort();
      assert.equal(producer.breaker, 'open');
      producer.tryClaim(10)!.commit();
      assert.equal(producer.breaker, 'closed');
    });
  });

  describe(`a ${type} channel that throttles`, () => {
    it('holds writes back from the high mark on, the more the fuller it is, down to the low mark', (t) => {
      const { producer, consumer } = open(t, THROTTLE);
      while (producer.utilization < 0.7) producer.write(big);
      assert.equal(producer.statistics.throttled, 0);
      while (producer.utilization < 0.9) producer.write(big);
      const before = producer.statistics;
      assert.ok(before.throttled > 0 && before.highWater === 1);
      assert.ok(before.throttledNs / before.throttled >= 200e3);
      assert.ok(producer.tryWrite(big) >= 0, 'tryWrite is not held back');
      assert.equal(producer.statistics.throttled, before.throttled);
      assert.throws(() => {
        for (let n = 0; n < 100; n++) producer.write(big);
      }, is('ERR_BACKPRESSURE'));
      while (producer.utilization > 0.5) consumer.poll(() => {}, 1);
      producer.write(big);
      const after = producer.statistics.throttled;
      for (let n = 0; n < 3; n++) producer.write(big);
      assert.equal(producer.statistics.throttled, after);
    });

    it('holds writeAsync back without blocking the event loop, and an abort ends it', async (t) => {
      const { producer } = open(t, { ...THROTTLE, minDelayUs: 30_000, maxDelayUs: 60_000 });
      while (producer.utilization < 0.85) producer.tryWrite(big);
      let turns = 0;
      const ticking = setInterval(() => turns++, 1);
      await producer.writeAsync(big);
      clearInterval(ticking);
      assert.ok(turns > 0, 'the loop turned');
      const stop = new AbortController();
      const aborted = assert.rejects(producer.writeAsync(big, { signal: stop.signal }), is('ERR_ABORTED'));
      stop.abort();
      await aborted;
      assert.equal(producer.statistics.throttled, 2);
    });
  });

  describe(`the water marks of a ${type} channel`, () => {
    it('are told when the ring rises and when it has fallen, once each', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const told: boolean[] = [];
      const producer = new Producer(channel.segment(true), {
        service: 'writer',
        timestamps: true,
        backpressure: { mode: 'BlockProducer', timeoutMs: 0, ...MARKS },
        onWaterMark: (isHigh, utilization) => {
          assert.equal(isHigh, utilization >= 0.8);
          told.push(isHigh);
        },
      });
      t.after(() => producer.close());
      const consumer = channel.consumer();
      for (let round = 0; round < 3; round++) {
        fill(producer);
        while (consumer.poll(() => {}) > 0);
        for (let n = 0; n < 10; n++) producer.write(big);
      }
      assert.deepEqual(told, [true, false, true, false, true, false]);
      assert.equal(producer.statistics.highWater, 3);
    });
  });
}

describe('a breaker of several producers', () => {
  it('is one: what one finds opens it for all, and each says so', (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPMC', backpressure: BREAKER });
    const [one, other] = [channel.producer(true, 'one'), channel.producer(true, 'other')];
    channel.consumer();
    fill(one);
    assert.equal(other.tryWrite(big), BACKPRESSURE);
    assert.equal(one.tryWrite(big), BACKPRESSURE);
    assert.equal(other.breaker, 'open');
    assert.equal(other.tryWrite(big), CIRCUIT_OPEN);
  });
});
