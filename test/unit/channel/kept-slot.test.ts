import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY, type ConsumerPolicy } from '#src/channel/consumer-policy.js';
import { keepSlots } from '#src/channel/kept-slot.js';
import type { Producer } from '#src/channel/producer.js';
import { reapConsumers } from '#src/channel/reaper.js';
import { nameAt } from '#src/layout/control-block.js';
import { CONSUMER_SLOT, CONSUMER_SLOTS, consumerSlotOffset } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { TemporaryChannel, numberOf, numbered } from '../../kit/temporary-channel.js';

const ALWAYS: ConsumerPolicy = { ...DEFAULT_POLICY, gating: 'always' };
const { at } = CONSUMER_SLOT;

function keep(channel: TemporaryChannel, ...names: string[]): void {
  keepSlots(channel.observer(), new Map(names.map((name) => [name, ALWAYS])));
}

function attach(channel: TemporaryChannel, name = 'kept', policy = ALWAYS): Consumer {
  return new Consumer(channel.segment(false), { name, from: 'resume', policy });
}

function fill(producer: Producer): number {
  let written = 0;
  while (producer.tryWrite(numbered(written, 1000)) >= 0) written++;
  return written;
}

function numbersOf(consumer: Consumer): number[] {
  const numbers: number[] = [];
  consumer.poll(({ buffer, offset, length }) => void numbers.push(numberOf(buffer, offset, length)), Infinity);
  return numbers;
}

for (const type of ['SPMC', 'MPMC'] as const) {
  describe(`a consumer for which a ${type} channel keeps everything`, () => {
    it('gets all that was written before it came for the first time, and producers wait for it until then', (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 5 });
      keep(channel, 'kept');
      const producer = channel.producer();
      const written = fill(producer);
      assert.throws(
        () => producer.write(numbered(0, 1000)),
        (error) =>
          BusError.is(error, 'ERR_BACKPRESSURE') &&
          /consumer "kept", which is not attached; the channel keeps everything for it/.test(error.message),
      );
      const consumer = attach(channel);
      t.after(() => consumer.close());
      assert.deepEqual(
        numbersOf(consumer),
        Array.from({ length: written }, (_, n) => n),
      );
      assert.equal(consumer.lost, 0);
    });

    it('is waited for when it was closed, and when it died, however long ago', (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 5 });
      keep(channel, 'kept');
      const producer = channel.producer();
      const total = fill(producer);
      const first = attach(channel);
      first.read();
      first.close();
      assert.throws(() => fill(producer) + producer.write(numbered(0, 1000)), /"kept", which is not attached/);
      const segment = channel.segment(false);
      const second = new Consumer(segment, { name: 'kept', from: 'resume', policy: ALWAYS });
      second.read();
      segment.close(); // as after a SIGKILL
      const observer = channel.observer();
      for (let look = 0; look < 3; look++) assert.equal(reapConsumers(observer), 0);
      assert.throws(() => fill(producer) + producer.write(numbered(0, 1000)), /"kept", which is not attached/);
      const third = attach(channel);
      t.after(() => third.close());
      assert.deepEqual(
        numbersOf(third).slice(0, total - 2),
        Array.from({ length: total - 2 }, (_, n) => n + 2),
      );
      assert.equal(third.lost, 0);
    });

    it('keeps its slot when the slots run out', (t) => {
      const channel = new TemporaryChannel(t, { type });
      keep(channel, 'kept', 'other');
      attach(channel, 'other').close();
      for (let n = 0; n < CONSUMER_SLOTS - 2; n++) channel.consumer('latest', `reader_${n}`);
      const segment = channel.segment(false);
      assert.throws(() => new Consumer(segment, { name: 'more', from: 'latest' }), /all 64 consumer slots are in use/);
      segment.close();
      const { control } = channel.observer();
      const names = [0, 1].map((slot) => nameAt(control.view, consumerSlotOffset(slot) + at.name));
      assert.deepEqual(names, ['kept', 'other']);
    });

    it('is let go by attaching with another policy', (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 5 });
      keep(channel, 'kept');
      attach(channel, 'kept', DEFAULT_POLICY).close();
      const producer = channel.producer();
      for (let n = 0; n < 1000; n++) producer.write(numbered(n, 1000));
    });

    it('that is named in a channel which runs already is kept everything from then on', (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 5 });
      channel.consumer('latest', 'kept').close();
      const producer = channel.producer();
      for (let n = 0; n < 1000; n++) producer.write(numbered(n, 1000));
      keep(channel, 'kept');
      const more = fill(producer);
      const consumer = attach(channel);
      t.after(() => consumer.close());
      const numbers = numbersOf(consumer);
      assert.equal(numbers.length + consumer.lost, 1000 + more);
      assert.equal(numbers[0], 1000 - (numbers.length - more), 'from the oldest message that was still there');
    });

    it('is waited for from its oldest record on also when whoever made its slot died in the middle of it', (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 5 });
      keep(channel, 'kept');
      const { control } = channel.observer();
      const base = consumerSlotOffset(0);
      control.storeVolatile(base + at.gates, 0);
      keep(channel, 'kept');
      assert.equal(control.loadVolatile(base + at.gates), 1);
    });
  });
}
