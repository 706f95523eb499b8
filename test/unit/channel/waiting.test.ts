import assert from 'node:assert/strict';
import { setImmediate as nextTurn, setTimeout as later } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { Message } from '#src/ring/message-view.js';
import { BusError, type BusErrorCode } from '#src/platform/bus-error.js';
import type { Producer } from '#src/channel/producer.js';
import { script, startProcess } from '../../kit/processes.js';
import { TemporaryChannel, numberOf, numbered } from '../../kit/temporary-channel.js';

const is = (code: BusErrorCode) => (error: unknown) => BusError.is(error, code);

/** Fills the ring; answers how many messages it took. */
function fill(producer: Producer): number {
  let written = 0;
  while (producer.tryWrite(numbered(written, 1000)) >= 0) written++;
  return written;
}

for (const type of ['SPSC', 'MPMC'] as const) {
  describe(`a write that must wait, on a ${type} channel`, () => {
    it('goes on as soon as the consumer has made room', async (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 20_000 });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const written = fill(producer);
      const waiting = producer.writeAsync(numbered(written, 1000));
      await nextTurn();
      let read = 0;
      consumer.poll((message) => assert.equal(numberOf(message.buffer, message.offset, 1000), read++), Infinity);
      assert.equal(await waiting, written);
      assert.equal(numberOf(consumer.read()!.bytes, 0, 1000), written);
    });

    it('ends with ERR_ABORTED when its signal aborts, with the reason as cause, and nothing was written', async (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 20_000 });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const written = fill(producer);
      const stop = new AbortController();
      const waiting = producer.writeAsync(numbered(0, 1000), { signal: stop.signal });
      await nextTurn();
      const reason = new Error('enough');
      stop.abort(reason);
      await assert.rejects(waiting, (error) => BusError.is(error, 'ERR_ABORTED') && error.cause === reason);
      let read = 0;
      consumer.poll(() => read++, Infinity);
      assert.equal(read, written);
    });

    it('is refused at once by a signal that aborted before, even when there is room', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      await assert.rejects(producer.writeAsync(numbered(0), { signal: AbortSignal.abort() }), is('ERR_ABORTED'));
      assert.equal(consumer.read(), undefined);
    });

    it('ends with ERR_BACKPRESSURE after its own time-out, naming the consumer that it waited for', async (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 1_000_000 });
      const producer = channel.producer();
      channel.consumer('latest', 'sleepy');
      fill(producer);
      await assert.rejects(
        producer.writeAsync(numbered(0, 1000), { timeoutMs: 5 }),
        (error) =>
          BusError.is(error, 'ERR_BACKPRESSURE') && /"sleepy"/.test(error.message) && /\b5 ms/.test(error.message),
      );
      await assert.rejects(producer.writeAsync(numbered(0, 1000), { timeoutMs: 0 }), is('ERR_BACKPRESSURE'));
    });

    it("takes the channel's time-out when none, or undefined, is given, and refuses what is no time", async (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 5 });
      const producer = channel.producer();
      t.after(() => producer.close());
      channel.consumer();
      fill(producer);
      const unset = { timeoutMs: undefined } as unknown as { timeoutMs: number };
      const stop = AbortSignal.timeout(10_000);
      await assert.rejects(producer.writeAsync(numbered(0, 1000), { ...unset, signal: stop }), is('ERR_BACKPRESSURE'));
      for (const timeoutMs of [NaN, -1, '5', null]) {
        const options = { timeoutMs: timeoutMs as number, signal: stop };
        await assert.rejects(
          producer.writeAsync(numbered(0, 1000), options),
          is('ERR_INVALID_ARGUMENT'),
          `${timeoutMs}`,
        );
      }
    });

    it('ends with ERR_CLOSED when its producer is closed meanwhile', async (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 20_000 });
      const producer = channel.producer();
      channel.consumer();
      fill(producer);
      const waiting = producer.writeAsync(numbered(0, 1000));
      await nextTurn();
      producer.close();
      await assert.rejects(waiting, is('ERR_CLOSED'));
    });

    it('accepts of a batch what fits, in order, and says how many', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const batch = Array.from({ length: 200 }, (_, n) => numbered(n, 1000));
      const accepted = producer.writeBatch(batch);
      assert.ok(
        accepted >= 55 && accepted < 64,
        `a ring of 64 KiB takes some 60 records of 1088 bytes, not ${accepted}`,
      );
      assert.equal(producer.writeBatch(batch), 0);
      let read = 0;
      consumer.poll((message) => assert.equal(numberOf(message.buffer, message.offset, 1000), read++), Infinity);
      assert.equal(read, accepted);
      assert.ok(producer.writeBatch(batch.slice(accepted)) > 0);
      assert.equal(producer.writeBatch([]), 0);
    });

    it('writes nothing of a batch in which one message can never be written', (t) => {
      const channel = new TemporaryChannel(t, { type, messageSizeMax: 1000 });
      const producer = channel.producer();
      const consumer = channel.consumer();
      assert.throws(() => producer.writeBatch([numbered(0), new Uint8Array(1001)]), is('ERR_MESSAGE_TOO_LARGE'));
      assert.throws(() => producer.writeBatch([numbered(0), new Uint8Array(0)]), is('ERR_MESSAGE_EMPTY'));
      assert.throws(() => producer.writeBatch([numbered(0), 'x' as unknown as Uint8Array]), is('ERR_INVALID_ARGUMENT'));
      assert.equal(consumer.read(), undefined);
    });
  });

  describe(`a consumer that waits, on a ${type} channel`, () => {
    it('is stopped by its signal, before it starts, while it sleeps, and from inside its handler', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      await consumer.subscribe(() => assert.fail('nothing was written'), { signal: AbortSignal.abort() });
      const stop = new AbortController();
      const asleep = consumer.subscribe(() => assert.fail('nothing was written'), { signal: stop.signal });
      for (let turn = 0; turn < 100; turn++) await nextTurn();
      stop.abort();
      await asleep;
      const inside = new AbortController();
      producer.write(numbered(1));
      await consumer.subscribe(() => inside.abort(), { signal: inside.signal });
      assert.equal(consumer.sequence, 1);
      producer.write(numbered(2));
      assert.equal(numberOf(consumer.read()!.bytes, 0, 8), 2, 'it can be used again');
    });

    it('passes on what a handler throws, and the message comes again', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const subscribed = consumer.subscribe(() => {
        throw new Error('mine');
      });
      producer.write(numbered(4));
      await assert.rejects(subscribed, /mine/);
      assert.equal(numberOf(consumer.read()!.bytes, 0, 8), 4);
    });

    it('ends all its subscriptions and iterations when it is closed', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const consumer = channel.consumer();
      const refusedOrEnded = (work: Promise<void>): Promise<string> =>
        work.then(
          () => 'ended',
          (error: unknown) => {
            if (!BusError.is(error, 'ERR_CLAIM_STATE')) throw error;
            return 'refused';
          },
        );
      const iterate = async (): Promise<void> => {
        for await (const message of consumer) assert.fail(`came ${message.sequence}`);
      };
      const all = [consumer.subscribe(() => {}), consumer.subscribe(() => {}), iterate(), iterate()].map(
        refusedOrEnded,
      );
      for (let turn = 0; turn < 100; turn++) await nextTurn();
      consumer.close();
      const over = new AbortController();
      const patience = later(5000, 'still waiting', { signal: over.signal });
      patience.catch(() => {});
      const outcomes = await Promise.all(all.map((work) => Promise.race([work, patience])));
      over.abort();
      assert.ok(!outcomes.includes('still waiting'), outcomes.join(', '));
      assert.equal(outcomes[0], 'ended');
    });

    it('iterates over copies that stay valid when the ring has gone on', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const kept: Message[] = [];
      producer.write(numbered(0, 900));
      for await (const message of consumer) {
        kept.push(message);
        if (kept.length === 300) break;
        producer.write(numbered(kept.length, 900));
      }
      for (const [n, message] of kept.entries()) {
        assert.equal(numberOf(message.buffer, message.offset, message.length), n);
        assert.equal(message.sequence, n);
        assert.equal(message.copy().length, 900);
      }
      consumer.close();
      assert.equal(numberOf(kept[0]!.bytes, 0, 900), 0, 'after the close too');
    });

    it('waits no longer than it is told', (t) => {
      const consumer = new TemporaryChannel(t, { type }).consumer();
      assert.equal(consumer.waitSync(0), false);
      assert.equal(consumer.waitSync(2), false);
    });

    it('ends at a time-out that is longer than one of the sleeps of which a wait is made', async (t) => {
      const { directory } = new TemporaryChannel(t, { type });
      const waiter = startProcess(t, script(import.meta.url, './wait-for.js'), [directory, type, '450']);
      // a bound on hanging
      assert.equal(await waiter.line('waited', 0, 3500), 'waited false');
    });

    it('refuses to wait for what is no time', async (t) => {
      const { directory } = new TemporaryChannel(t, { type });
      for (const time of ['NaN', '-1', '"soon"', 'null']) {
        // in a process of its own: who takes it for a time never comes back
        const waiter = startProcess(t, script(import.meta.url, './wait-for.js'), [directory, type, time]);
        assert.equal(await waiter.line('waited'), 'waited ERR_INVALID_ARGUMENT', time);
      }
    });
  });
}
