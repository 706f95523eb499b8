import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import type { Producer } from '#src/channel/producer.js';
import { CONSUMER_SLOT, CONTROL, SlotState, consumerSlotOffset } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { loadNative } from '#src/platform/load-native.js';
import { BACKPRESSURE } from '#src/ring/codes.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

const backpressure = (error: unknown): boolean => BusError.is(error, 'ERR_BACKPRESSURE');

function fill(producer: Producer): number {
  let written = 0;
  while (producer.tryWrite(numbered(written, 1000)) >= 0) written++;
  return written;
}

/** Holds the attach lock, as a process does that is stopped while it attaches; answers how to let go of it. */
function holdAttachLock(t: TestContext, channel: TemporaryChannel): () => void {
  const { fd } = channel.observer();
  assert.equal(loadNative().lockByte(fd, CONTROL.at.attachLock), 0);
  const letGo = (): void => void loadNative().unlockByte(fd, CONTROL.at.attachLock);
  t.after(letGo);
  return letGo;
}

for (const type of ['SPSC', 'MPMC'] as const) {
  describe(`a writer that waits for a dead consumer, on a ${type} channel`, () => {
    for (const timeoutMs of [0, 5, 1000]) {
      it(`goes on, with a time-out of ${timeoutMs} ms`, async (t) => {
        const channel = new TemporaryChannel(t, { type, timeoutMs });
        const producer = channel.producer();
        channel.deadConsumer('first');
        const written = fill(producer);
        assert.equal(producer.tryWrite(numbered(0, 1000)), BACKPRESSURE, 'tryWrite does not look');
        assert.equal(producer.write(numbered(0, 1000)), written);
        channel.deadConsumer('second');
        const more = fill(producer);
        assert.equal(await producer.writeAsync(numbered(0, 1000)), written + 1 + more);
      });
    }

    it('never gives up one that is alive, also with a time-out of 0', async (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 0 });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const written = fill(producer);
      assert.throws(() => producer.write(numbered(0, 1000)), backpressure);
      await assert.rejects(producer.writeAsync(numbered(0, 1000)), backpressure);
      let read = 0;
      consumer.poll(() => read++, Infinity);
      assert.equal(read, written);
    });

    it('calls one that closed in order closed, not dead', (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 0 });
      const producer = channel.producer();
      channel.consumer('latest', 'closed').close();
      channel.deadConsumer('dead');
      fill(producer);
      producer.write(numbered(0, 1000));
      const { control } = channel.observer();
      const states = [0, 1].map((slot) => control.loadVolatile(consumerSlotOffset(slot) + CONSUMER_SLOT.at.state));
      assert.deepEqual(states, [SlotState.DETACHED, SlotState.FAILED]);
    });
  });

  describe(`a process that is stopped while it attaches to a ${type} channel`, () => {
    it('does not hold up a write, which ends with its own time-out', (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 30 });
      const producer = channel.producer();
      channel.deadConsumer('dead');
      const written = fill(producer);
      const letGo = holdAttachLock(t, channel);
      assert.throws(() => producer.write(numbered(0, 1000)), backpressure);
      letGo();
      assert.equal(producer.write(numbered(0, 1000)), written);
    });

    it('does not hold up the event loop of a writeAsync, which goes on when it has gone on', async (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 60_000 });
      const producer = channel.producer();
      channel.deadConsumer('dead');
      const written = fill(producer);
      const letGo = holdAttachLock(t, channel);
      await assert.rejects(producer.writeAsync(numbered(0, 1000), { timeoutMs: 30 }), backpressure);
      const waiting = producer.writeAsync(numbered(0, 1000));
      for (let turn = 0; turn < 1000; turn++) await nextTurn();
      letGo();
      assert.equal(await waiting, written);
    });
  });
}
