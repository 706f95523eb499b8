import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import type { StartFrom } from '#src/channel/start-from.js';
import { BusError } from '#src/platform/bus-error.js';
import type { Gap } from '#src/ring/gaps.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

/** A consumer whose events, gaps and messages, are written down in turn. */
function listening(t: TestContext, channel: TemporaryChannel, from: StartFrom, name = 'reader') {
  const events: (Gap | number)[] = [];
  const consumer = new Consumer(channel.segment(false), { name, from, onGap: (gap) => events.push(gap) });
  t.after(() => consumer.close());
  const poll = (): number => consumer.poll((message) => events.push(message.sequence), Infinity);
  return { consumer, events, poll };
}

/** Writes until so many messages are in the channel; two rings' worth is about 110. */
function writeTo(channel: TemporaryChannel, count: number): void {
  const producer = channel.producer();
  while (producer.write(numbered(1, 1000)) < count - 1);
  producer.close();
}

/** A producer that dies inside a claim. */
function dieInClaim(channel: TemporaryChannel): void {
  channel.deadProducer((producer) => assert.ok(producer.tryClaim(8)), 'victim');
}

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
  describe(`the gaps of a consumer of an ${type} channel`, () => {
    it('are told at the first poll after it came back for messages that were overwritten', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const before = channel.consumer();
      channel.producer().close();
      before.close();
      writeTo(channel, 200);
      const { consumer, events, poll } = listening(t, channel, 'resume');
      assert.ok(consumer.lost > 0);
      assert.deepEqual(events, [], 'not yet');
      poll();
      assert.deepEqual(events.slice(0, 2), [
        { sequence: 0, lost: consumer.lost, reason: 'overwritten' },
        consumer.lost,
      ]);
      poll();
      assert.equal(events.filter((event) => typeof event === 'object').length, 1, 'once');
    });

    it('are told by a poll that brings no message too', (t) => {
      const channel = new TemporaryChannel(t, { type });
      writeTo(channel, 200);
      const { consumer, events, poll } = listening(t, channel, { sequence: 5 });
      const missing = consumer.lost;
      assert.equal(consumer.sequence, 5 + missing);
      consumer.seek('latest');
      assert.equal(poll(), 0);
      assert.deepEqual(events, [{ sequence: 5, lost: missing, reason: 'overwritten' }]);
    });

    it('are told after a seek to what is not there any more', (t) => {
      const channel = new TemporaryChannel(t, { type });
      writeTo(channel, 200);
      const { consumer, events, poll } = listening(t, channel, 'latest');
      consumer.seek({ sequence: 3 });
      poll();
      assert.deepEqual(events.slice(0, 2), [
        { sequence: 3, lost: consumer.lost, reason: 'overwritten' },
        3 + consumer.lost,
      ]);
    });

    it('are none when nothing was lost', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const { events, poll } = listening(t, channel, 'latest');
      channel.producer().write(numbered(1));
      poll();
      assert.deepEqual(events, [0]);
    });
  });
}

for (const type of ['MPSC', 'MPMC'] as const) {
  describe(`a message of an ${type} channel that died with its producer`, () => {
    it('is told between those before and after it', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const { consumer, events, poll } = listening(t, channel, 'latest');
      const producer = channel.producer();
      producer.write(numbered(0));
      dieInClaim(channel);
      producer.write(numbered(2));
      const claim = producer.tryClaim(8)!;
      claim.abort();
      channel.producer();
      poll();
      assert.deepEqual(events, [0, { sequence: 1, lost: 1, reason: 'died' }, 2]);
      assert.equal(consumer.lost, 1);
    });

    it('is told outside the handler; an error of onGap passes through poll, and loses nothing', (t) => {
      const channel = new TemporaryChannel(t, { type });
      let throws = true;
      const told: Gap[] = [];
      const consumer = new Consumer(channel.segment(false), {
        name: 'reader',
        from: 'latest',
        onGap(gap) {
          assert.throws(
            () => consumer.read(),
            (error) => BusError.is(error, 'ERR_CLAIM_STATE'),
          );
          if (throws) throw new Error('not now');
          told.push(gap);
        },
      });
      t.after(() => consumer.close());
      const producer = channel.producer();
      producer.write(numbered(0));
      dieInClaim(channel);
      producer.write(numbered(2));
      channel.producer();
      const seen: number[] = [];
      const poll = (): number => consumer.poll((message) => seen.push(message.sequence));
      assert.throws(poll, /not now/);
      assert.deepEqual(seen, [0]);
      assert.throws(poll, /not now/);
      throws = false;
      assert.equal(poll(), 1);
      assert.deepEqual(seen, [0, 2]);
      assert.deepEqual(told, [{ sequence: 1, lost: 1, reason: 'died' }]);
      assert.equal(consumer.lost, 1, 'counted once');
    });

    it('is told by an onGap that closes its consumer, and no message follows', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const consumer = new Consumer(channel.segment(false), {
        name: 'reader',
        from: 'latest',
        onGap: () => consumer.close(),
      });
      dieInClaim(channel);
      channel.producer().write(numbered(1));
      assert.equal(
        consumer.poll(() => assert.fail('a message')),
        0,
      );
      assert.equal(channel.consumer('resume').read()?.sequence, 1);
    });
  });
}
