import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import type { Producer } from '#src/channel/producer.js';
import { CONTROL, PRODUCER_SLOT, producerSlotOffset } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { BACKPRESSURE } from '#src/ring/codes.js';
import { TemporaryChannel, numberOf, numbered } from '../../kit/temporary-channel.js';

/** A numbered message whose Uint8Array is that of another realm: no `instanceof` knows it. */
function foreign(n: number, length = 8): Uint8Array {
  const message = runInNewContext(`new Uint8Array(${length})`) as Uint8Array;
  message.set(numbered(n, length));
  assert.ok(!(message instanceof Uint8Array));
  return message;
}

const WAYS: Readonly<Record<string, (producer: Producer, message: Uint8Array) => unknown>> = {
  write: (producer, message) => producer.write(message),
  tryWrite: (producer, message) => producer.tryWrite(message),
  writeAsync: (producer, message) => producer.writeAsync(message),
  writeBatch: (producer, message) => producer.writeBatch([message]),
};

for (const type of ['SPSC', 'MPMC'] as const) {
  describe(`a Uint8Array of another realm, on a ${type} channel`, () => {
    for (const [way, write] of Object.entries(WAYS)) {
      it(`is written once by ${way}`, async (t) => {
        const channel = new TemporaryChannel(t, { type });
        const producer = channel.producer();
        const consumer = channel.consumer();
        await write(producer, foreign(3, 500));
        await write(producer, numbered(4, 500));
        await write(producer, foreign(5, 500));
        const seen: number[] = [];
        consumer.poll((message) => seen.push(numberOf(message.buffer, message.offset, message.length)));
        assert.deepEqual(seen, [3, 4, 5]);
      });

      it(`wakes who sleeps when ${way} wrote it`, async (t) => {
        const channel = new TemporaryChannel(t, { type });
        const producer = channel.producer();
        const { control } = channel.observer();
        control.storeVolatile(CONTROL.at.consumersWaiting, 1);
        await write(producer, foreign(1));
        assert.equal(control.loadVolatile(CONTROL.at.consumersWaiting), 0, 'seen, and cleared');
      });
    }

    it('counts as backpressure when there is no room for it', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      channel.consumer();
      const { control } = channel.observer();
      const counted = (): number => control.getFloat64(producerSlotOffset(0) + PRODUCER_SLOT.at.backpressure);
      while (producer.tryWrite(numbered(0, 1000)) >= 0);
      const before = counted();
      assert.equal(producer.tryWrite(foreign(0, 1000)), BACKPRESSURE);
      assert.equal(counted(), before + 1);
      assert.equal(producer.writeBatch([foreign(0, 1000)]), 0);
      assert.equal(counted(), before + 2);
    });
  });
}

it('what only says that it is a Uint8Array is none', (t) => {
  const producer = new TemporaryChannel(t).producer();
  const pretender = { length: 8, [Symbol.toStringTag]: 'Uint8Array' } as unknown as Uint8Array;
  for (const write of [() => producer.write(pretender), () => producer.tryWrite(pretender)])
    assert.throws(write, (error) => BusError.is(error, 'ERR_INVALID_ARGUMENT'));
});
