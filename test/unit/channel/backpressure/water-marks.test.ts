import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { Producer } from '#src/channel/producer.js';
import { CLOSED } from '#src/ring/codes.js';
import { TemporaryChannel, numbered } from '../../../kit/temporary-channel.js';

const message = numbered(0, 1000);

for (const type of ['SPSC', 'MPMC'] as const) {
  describe(`a handler of water marks, on a ${type} channel`, () => {
    it('that throws takes nothing back: the message is written, and the error is nobody else’s', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const mistake = new Error('a mistake in the handler');
      const producer = channel.producer(true, 'writer', {
        onWaterMark: () => {
          throw mistake;
        },
      });
      channel.consumer();
      const uncaught: unknown[] = [];
      process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error));
      t.after(() => process.setUncaughtExceptionCaptureCallback(null));
      for (let n = 0; producer.utilization < 0.9; n++) assert.equal(producer.write(message), n);
      await nextTurn();
      assert.deepEqual(uncaught, [mistake]);
      assert.equal(producer.statistics.highWater, 1);
    });

    it('may close its producer, in the middle of a batch too, of which what was accepted is counted', (t) => {
      const channel = new TemporaryChannel(t, { type });
      let [closing, written]: [Producer | undefined, number] = [undefined, 0];
      const onWaterMark = (): void => closing?.close();
      const producer = channel.producer(true, 'writer', { onWaterMark });
      closing = producer;
      const consumer = channel.consumer();
      written = producer.writeBatch(Array.from({ length: 64 }, () => message));
      assert.ok(written > 40 && written < 64, `${written}`);
      assert.equal(producer.tryWrite(message), CLOSED);
      let read = 0;
      consumer.poll(() => read++, Infinity);
      assert.equal(read, written);
    });

    it('may write with the same producer', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const sequences: number[] = [];
      const producer: Producer = channel.producer(true, 'writer', {
        onWaterMark: () => sequences.push(producer.write(message)),
      });
      channel.consumer();
      while (producer.utilization < 0.9) sequences.push(producer.write(message));
      assert.deepEqual(
        sequences.toSorted((a, b) => a - b),
        sequences.map((_, n) => n),
      );
    });
  });
}
