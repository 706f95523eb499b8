import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY, type ConsumerPolicy } from '#src/channel/consumer-policy.js';
import { CONSUMER_SLOT, PRODUCER_SLOT, consumerSlotOffset, producerSlotOffset } from '#src/layout/schema.js';
import { inspectChannel, inspectEndpoints, watchChannel, type EndpointInfo } from '#src/liveness/inspect.js';
import { noteSights } from '#src/liveness/sights.js';
import { BEAT_MS } from '#src/liveness/state.js';
import { systemClock } from '#src/platform/clock.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

const MS = 1e6;
const { heartbeatNs: HEARTBEAT, lookedNs: LOOKED } = CONSUMER_SLOT.at;

function consumer(t: TestContext, channel: TemporaryChannel, policy: Partial<ConsumerPolicy> = {}): Consumer {
  const opened = new Consumer(channel.segment(false), {
    name: 'reader',
    from: 'latest',
    policy: { ...DEFAULT_POLICY, ...policy },
  });
  t.after(() => opened.close());
  return opened;
}

function only(found: readonly EndpointInfo[], role: EndpointInfo['role']): EndpointInfo {
  const ofRole = found.filter((one) => one.role === role);
  assert.equal(ofRole.length, 1);
  return ofRole[0]!;
}

for (const type of ['SPMC', 'MPMC'] as const) {
  describe(`a look at the endpoints of a ${type} channel`, () => {
    it('finds who is there, with all that their slots say', (t) => {
      const channel = new TemporaryChannel(t, { type });
      consumer(t, channel);
      const producer = channel.producer();
      for (let n = 0; n < 3; n++) producer.write(numbered(n, 60));
      const found = inspectEndpoints(channel.observer());
      const reader = only(found, 'consumer');
      const { attachedNs, ...rest } = reader;
      assert.ok(attachedNs > 1_600_000_000_000_000_000n);
      assert.deepEqual(rest, {
        role: 'consumer',
        slot: 0,
        name: 'reader',
        pid: process.pid,
        state: 'alive',
        reason: undefined,
        isStopped: false,
        goneMs: undefined,
        unreadMs: 0,
        loopLagMs: 0,
        lag: { messages: 3, bytes: 384 },
        lost: 0,
        gating: true,
        generation: 1,
        deaths: 0,
        evictions: 0,
      });
      const writer = only(found, 'producer');
      assert.deepEqual(
        [writer.name, writer.state, writer.lag, writer.gating],
        ['writer', 'alive', undefined, undefined],
      );
    });

    it('changes not a byte of the segment', (t) => {
      const channel = new TemporaryChannel(t, { type });
      consumer(t, channel);
      channel.deadConsumer('dead');
      channel.producer().write(numbered(1));
      const before = readFileSync(channel.path);
      assert.equal(inspectChannel(channel.directory, 'test').length, 3);
      assert.ok(before.equals(readFileSync(channel.path)));
    });

    it('knows the dead, the closed, and its own', (t) => {
      const channel = new TemporaryChannel(t, { type });
      channel.deadConsumer('dead');
      channel.consumer('latest', 'closed').close();
      const segment = channel.segment(false);
      const own = new Consumer(segment, { name: 'own', from: 'latest' });
      t.after(() => own.close());
      const states = inspectEndpoints(segment).map(({ name, state, gating }) => [name, state, gating]);
      assert.deepEqual(states, [
        ['dead', 'dead', true],
        ['closed', 'detached', false],
        ['own', 'alive', true],
      ]);
    });

    it('calls one stalled that has not read what it was first seen not to read stalled_after_ms ago', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const reader = consumer(t, channel, { stalledAfterMs: 50 });
      const producer = channel.producer();
      const observer = channel.observer();
      const start = systemClock().monotonicNs();
      const at = (ms: number): EndpointInfo => only(inspectEndpoints(observer, start + ms * MS), 'consumer');
      noteSights(observer, start);
      assert.equal(at(1000).state, 'alive', 'nothing to read');
      producer.write(numbered(1));
      assert.equal(at(1000).state, 'alive', 'nobody saw for how long');
      noteSights(observer, start + 1000 * MS);
      assert.equal(at(1049).state, 'alive');
      const stalled = at(1050);
      assert.equal(stalled.state, 'stalled');
      assert.match(stalled.reason ?? '', /^it has not moved for 50 ms, with 1 messages to read$/);
      reader.read();
      producer.write(numbered(2));
      assert.equal(at(1050).state, 'alive', 'it has moved since');
    });

    it('calls one suspect whose event loop is behind, and that does not move', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const reader = consumer(t, channel);
      const producer = channel.producer();
      const observer = channel.observer();
      const start = observer.control.getFloat64(consumerSlotOffset(0) + HEARTBEAT);
      assert.ok(Math.abs(systemClock().monotonicNs() - start) < 10e9, 'to attach is the first sign of life');
      const look = (ms: number): EndpointInfo => only(inspectEndpoints(observer, start + ms * MS), 'consumer');
      noteSights(observer, start);
      assert.equal(look(1200).state, 'alive');
      assert.equal(look(3000).state, 'suspect');
      assert.match(look(3000).reason ?? '', /^its event loop has not turned for 3000 ms .*: blocked, or/);
      assert.equal(look(3000).loopLagMs, 3000 - BEAT_MS);
      producer.write(numbered(1));
      reader.read();
      assert.equal(look(3000).state, 'alive', 'it reads, in a loop of its own');
      noteSights(observer, start + 3000 * MS);
      assert.equal(look(3500).state, 'alive');
      assert.equal(look(4500).state, 'suspect');
      observer.control.putFloat64(consumerSlotOffset(0) + LOOKED, start + 4000 * MS);
      assert.equal(look(4500).state, 'alive', 'it looks for messages');
    });
  });
}

describe('one that looks again and again', () => {
  it('finds one suspect that was stopped before its first beat, in a channel where nobody else beats', (t) => {
    const channel = new TemporaryChannel(t);
    consumer(t, channel);
    channel.producer();
    const { control } = channel.observer();
    const states = (): string[] => watchChannel(channel.directory, 'test').map(({ state }) => state);
    assert.deepEqual(states(), ['alive', 'alive']);
    // Both looks were some seconds ago, as far as the slots say.
    const agoNs = systemClock().monotonicNs() - 3000 * MS;
    for (const base of [producerSlotOffset(0), consumerSlotOffset(0)]) {
      const { heartbeatNs, seenNs } = base === consumerSlotOffset(0) ? CONSUMER_SLOT.at : PRODUCER_SLOT.at;
      for (const time of [heartbeatNs, seenNs]) {
        assert.ok(control.getFloat64(base + time) > 0);
        control.putFloat64(base + time, agoNs);
      }
    }
    assert.deepEqual(states(), ['suspect', 'suspect']);
  });
});

describe('a consumer that waits without an event loop', () => {
  it('shows that it looks: after many polls in vain, and after a sleep', (t) => {
    const channel = new TemporaryChannel(t);
    const reader = channel.consumer();
    const { control } = channel.observer();
    const looked = (): number => control.getFloat64(consumerSlotOffset(0) + LOOKED);
    assert.equal(looked(), 0);
    for (let n = 0; n < 128; n++) reader.poll(() => {});
    const first = looked();
    assert.ok(first > 0);
    reader.waitSync(200);
    assert.ok(looked() > first);
  });
});

it('a channel without a segment has no endpoints', (t) => {
  const { directory } = new TemporaryChannel(t);
  assert.deepEqual(inspectChannel(directory, 'nothing'), []);
});
