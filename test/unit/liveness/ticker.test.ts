import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { CONSUMER_SLOT, CONTROL, consumerSlotOffset } from '#src/layout/schema.js';
import { keepPulse } from '#src/liveness/pulse.js';
import { BEAT_MS, URGENT_BEAT_MS } from '#src/liveness/state.js';
import { setPeriod, startTicking } from '#src/liveness/ticker.js';
import { TemporaryChannel } from '../../kit/temporary-channel.js';

const { at } = CONSUMER_SLOT;

describe('the timer of a thread', () => {
  it('comes at rest, more often while anything is urgent, and not at all when there is nothing', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let ticks = 0;
    const one = { isUrgent: false, tick: (): void => void (ticks += 1) };
    const other = { isUrgent: false, tick: (): void => {} };
    const [stop, stopOther] = [startTicking(one), startTicking(other)];
    t.mock.timers.tick(BEAT_MS);
    assert.equal(ticks, 1);
    other.isUrgent = true;
    setPeriod();
    t.mock.timers.tick(URGENT_BEAT_MS);
    assert.equal(ticks, 2);
    stopOther();
    t.mock.timers.tick(URGENT_BEAT_MS);
    assert.equal(ticks, 2);
    stop();
    t.mock.timers.tick(10 * BEAT_MS);
    assert.equal(ticks, 2);
  });
});

describe('the pulse of an endpoint', () => {
  it('stores in its slot that the event loop turns, until it ends', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const channel = new TemporaryChannel(t);
    const segment = channel.segment(false);
    const consumer = new Consumer(segment, { name: 'reader', from: 'latest' });
    t.after(() => consumer.close());
    const beaten = (): number => segment.control.getFloat64(consumerSlotOffset(0) + at.heartbeatNs);
    const attached = beaten();
    const end = keepPulse(segment);
    const first = beaten();
    assert.ok(first > attached, 'at once');
    t.mock.timers.tick(BEAT_MS);
    const second = beaten();
    assert.ok(second > first);
    end();
    t.mock.timers.tick(BEAT_MS);
    assert.equal(beaten(), second);
  });

  it('looks after the others of its channel, for all endpoints of the thread once, and goes on while one is left', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const channel = new TemporaryChannel(t, { type: 'SPMC' });
    const [first, second] = [channel.observer(), channel.observer()];
    const [endFirst, endSecond] = [keepPulse(first), keepPulse(second)];
    t.after(endSecond);
    endFirst();
    channel.deadConsumer('dead');
    const gates = (): number => second.control.getInt32(consumerSlotOffset(0) + at.gates);
    assert.equal(gates(), 1);
    t.mock.timers.tick(BEAT_MS);
    assert.equal(gates(), 0);
  });

  it('is quick where a consumer has times to be kept', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const channel = new TemporaryChannel(t, { type: 'SPMC' });
    const segment = channel.segment(false);
    const policy = { ...DEFAULT_POLICY, failureTimeoutMs: 1000 };
    const consumer = new Consumer(segment, { name: 'reader', from: 'latest', policy });
    t.after(() => consumer.close());
    t.after(keepPulse(segment));
    const before = segment.control.getFloat64(consumerSlotOffset(0) + at.heartbeatNs);
    t.mock.timers.tick(URGENT_BEAT_MS);
    assert.ok(segment.control.getFloat64(consumerSlotOffset(0) + at.heartbeatNs) > before);
  });

  it('survives whatever stands in the slots', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    for (const type of ['SPMC', 'MPMC'] as const) {
      const channel = new TemporaryChannel(t, { type });
      const segment = channel.observer();
      const end = keepPulse(segment);
      const { view } = segment.control;
      for (const value of [0, 1, 3, 64, 2 ** 31, 0x7ff0_0000, 0xffff_ffff]) {
        for (let offset = consumerSlotOffset(0); offset < consumerSlotOffset(2); offset += 4)
          view.setUint32(offset, value);
        for (const used of [0, 2, 64, value | 0]) {
          segment.control.putInt32(CONTROL.at.consumerSlotsUsed, used);
          t.mock.timers.tick(BEAT_MS);
        }
      }
      end();
    }
  });
});
