import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONTROL } from '#src/layout/schema.js';
import type { MappedBuffer } from '#src/memory/mapped-buffer.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

const { producersWaiting, spaceSignal, spaceWanted } = CONTROL.at;
const CAPACITY = 65_536;

/** Does what a producer does that falls asleep until the gating position is at `wanted`. */
function fallAsleep(control: MappedBuffer, wanted: number): void {
  control.putFloat64(spaceWanted, wanted);
  control.storeVolatile(producersWaiting, 1);
}

for (const type of ['SPSC', 'MPMC'] as const) {
  describe(`a consumer of a ${type} channel wakes a producer that sleeps`, () => {
    for (const [messages, length] of [
      [1, CAPACITY / 8],
      [2, CAPACITY / 16 - 40],
    ] as const) {
      it(`also when the last message of a poll completes an eighth of the ring, of ${messages}`, (t) => {
        const channel = new TemporaryChannel(t, { type, capacity: CAPACITY });
        const producer = channel.producer();
        const consumer = channel.consumer();
        const { control } = channel.observer();
        while (producer.tryWrite(numbered(0, length)) >= 0);
        fallAsleep(control, CAPACITY / 8);
        const signal = control.loadVolatile(spaceSignal);
        consumer.poll(() => {}, messages);
        assert.equal(control.loadVolatile(producersWaiting), 0);
        assert.equal(control.loadVolatile(spaceSignal), signal + 1);
      });
    }

    it('within a poll, when it has read enough of it', (t) => {
      const channel = new TemporaryChannel(t, { type, capacity: CAPACITY });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const { control } = channel.observer();
      while (producer.tryWrite(numbered(0, 1000)) >= 0);
      fallAsleep(control, CAPACITY / 4);
      let awakeAt = 0;
      const read = consumer.poll((message) => {
        if (awakeAt === 0 && control.loadVolatile(producersWaiting) === 0) awakeAt = message.sequence;
      }, Infinity);
      assert.ok(read >= 55, `${read} were there to read`);
      assert.ok(awakeAt >= 15 && awakeAt <= 35, `it woke at message ${awakeAt}, a quarter of the ring is 15 of them`);
    });

    it('but not before there is the room that it wants', (t) => {
      const channel = new TemporaryChannel(t, { type, capacity: CAPACITY });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const { control } = channel.observer();
      while (producer.tryWrite(numbered(0, CAPACITY / 8)) >= 0);
      fallAsleep(control, CAPACITY / 4);
      consumer.poll(() => {}, 1);
      assert.equal(control.loadVolatile(producersWaiting), 1);
      consumer.poll(() => {}, 1);
      assert.equal(control.loadVolatile(producersWaiting), 0);
    });

    it('when it seeks to a place further on', (t) => {
      const channel = new TemporaryChannel(t, { type, capacity: CAPACITY });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const { control } = channel.observer();
      while (producer.tryWrite(numbered(0, 1000)) >= 0);
      fallAsleep(control, CAPACITY / 4);
      consumer.seek('latest');
      assert.equal(control.loadVolatile(producersWaiting), 0);
    });

    it('and is closed by its handler, also when it cannot see whether there is room', (t) => {
      const channel = new TemporaryChannel(t, { type, capacity: CAPACITY });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const { control } = channel.observer();
      producer.write(numbered(0));
      const used = control.loadVolatile(CONTROL.at.consumerSlotsUsed);
      consumer.poll(() => {
        consumer.close();
        fallAsleep(control, 0);
        control.storeVolatile(CONTROL.at.consumerSlotsUsed, 1000);
      });
      control.storeVolatile(CONTROL.at.consumerSlotsUsed, used);
      assert.equal(channel.consumer('resume').sequence, 1, 'the name is free, and the message was done');
    });
  });
}
