import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { Message } from '#src/ring/message-view.js';
import { BusError } from '#src/platform/bus-error.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

for (const type of ['SPSC', 'MPMC'] as const) {
  describe(`the stamps of a message that waited for room, on a ${type} channel`, () => {
    it('say when each writeAsync was called, also when several wait, and when there was room', async (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 60_000 });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const messages: Message[] = [];
      const take = (limit: number): number => consumer.poll((message) => messages.push(message.copy()), limit);
      let filled = 0;
      while (producer.tryWrite(numbered(filled, 1000)) >= 0) filled++;
      const waiting: Promise<number>[] = [];
      for (let n = 0; n < 3; n++) {
        waiting.push(producer.writeAsync(numbered(n, 1000)));
        for (let turn = 0; turn < 3; turn++) await nextTurn();
      }
      take(filled); // stamps what it takes: after all three calls, before there is room for them
      const sequences = await Promise.all(waiting);
      take(3);
      const asked = sequences.map((sequence) => messages.find((message) => message.sequence === sequence)!);
      const roomAt = messages[filled - 1]!.consumerDequeuedNs;
      for (const [n, { producerSentNs, busReceivedNs, busLatencyNs }] of asked.entries()) {
        assert.ok(busLatencyNs > 0 && busLatencyNs === Number(busReceivedNs - producerSentNs));
        assert.ok(producerSentNs < roomAt && roomAt < busReceivedNs, 'it was called before there was room');
        if (n > 0) assert.ok(asked[n - 1]!.producerSentNs < producerSentNs, 'each has its own time');
      }
      producer.write(numbered(9));
      take(1);
      assert.equal(messages.at(-1)!.busLatencyNs, 0, 'the next one did not wait');
    });
  });

  it(`a writeAsync that waits, on a ${type} channel, is refused when a claim is open at its next attempt`, async (t) => {
    const channel = new TemporaryChannel(t, { type, timeoutMs: 60_000 });
    const producer = channel.producer();
    const consumer = channel.consumer();
    while (producer.tryWrite(numbered(0, 1000)) >= 0);
    const waiting = producer.writeAsync(numbered(1, 1000));
    consumer.poll(() => {}, Infinity);
    producer.tryClaim(8);
    await assert.rejects(waiting, (error) => BusError.is(error, 'ERR_CLAIM_STATE'));
  });
}
