import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { forgetConsumer } from '#src/channel/consumer-slot.js';
import { nameAt } from '#src/layout/control-block.js';
import { CONSUMER_SLOT, CONSUMER_SLOTS, CONTROL, PRODUCER_SLOTS, consumerSlotOffset } from '#src/layout/schema.js';
import type { Segment } from '#src/layout/segment.js';
import { BusError, type BusErrorCode } from '#src/platform/bus-error.js';
import { loadNative } from '#src/platform/load-native.js';
import { TemporaryChannel, numberOf, numbered } from '../../kit/temporary-channel.js';

function refused(code: BusErrorCode, ...words: readonly RegExp[]): (error: unknown) => boolean {
  return (error) =>
    BusError.is(error, code) && error.channel === 'test' && words.every((word) => word.test(error.message));
}

function namesIn(segment: Segment): string[] {
  return Array.from({ length: CONSUMER_SLOTS }, (_, slot) =>
    nameAt(segment.control.view, consumerSlotOffset(slot) + CONSUMER_SLOT.at.name),
  );
}

for (const type of ['SPMC', 'MPMC'] as const) {
  describe(`consumer slots of a ${type} channel`, () => {
    it(`are ${CONSUMER_SLOTS}; one more is refused, and a closed one makes room`, (t) => {
      const channel = new TemporaryChannel(t, { type });
      const consumers = Array.from({ length: CONSUMER_SLOTS }, (_, n) => channel.consumer('latest', `reader_${n}`));
      const segment = channel.segment(false);
      assert.throws(
        () => new Consumer(segment, { name: 'more', from: 'latest' }),
        refused('ERR_SLOTS_EXHAUSTED', /64/, /close/),
      );
      segment.close();
      const producer = channel.producer();
      producer.write(numbered(1));
      for (const consumer of consumers) assert.equal(numberOf(consumer.read()!.bytes, 0, 8), 1);
      consumers[17]!.close();
      const late = channel.consumer('latest', 'more');
      producer.write(numbered(2));
      assert.equal(numberOf(late.read()!.bytes, 0, 8), 2);
    });

    it('belong to names: a second endpoint of a name is refused with the process that has it', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const first = channel.consumer('latest', 'me');
      const segment = channel.segment(false);
      t.after(() => segment.close());
      assert.throws(
        () => new Consumer(segment, { name: 'me', from: 'latest' }),
        refused('ERR_CONSUMER_TAKEN', /"me"/, new RegExp(`\\b${process.pid}\\b`), /name/),
      );
      channel.producer().write(numbered(1));
      assert.equal(numberOf(first.read()!.bytes, 0, 8), 1, 'the first is not disturbed');
      first.close();
      new Consumer(segment, { name: 'me', from: 'latest' }).close();
    });

    it('are forgotten with all that was kept for a consumer, unless somebody has it open', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const segment = channel.segment(false);
      t.after(() => segment.close());
      const policy = { ...DEFAULT_POLICY, gating: 'always' } as const;
      const open = (): Consumer => new Consumer(segment, { name: 'gone', from: 'oldest', policy });
      const gone = open();
      const observer = channel.observer();
      assert.equal(forgetConsumer(observer, 'gone'), false);
      gone.close();
      const producer = channel.producer();
      let written = 0;
      while (producer.tryWrite(numbered(written, 4000)) >= 0) written += 1;
      assert.ok(written > 0 && producer.tryWrite(numbered(written, 4000)) < 0, 'the ring is full of what it is to get');
      assert.equal(forgetConsumer(observer, 'gone'), true);
      for (let more = 0; more < 2 * written; more++) assert.ok(producer.tryWrite(numbered(more, 4000)) >= 0);
      assert.equal(forgetConsumer(observer, 'gone'), true, 'there is none any more');
      const again = new Consumer(segment, { name: 'gone', from: 'resume' });
      t.after(() => again.close());
      assert.deepEqual([again.lost, again.read()], [0, undefined], 'it is new here');
    });

    it('are taken from consumers that died, when all have been used: from those that closed before, and they gate no more', (t) => {
      const channel = new TemporaryChannel(t, { type });
      for (let n = 0; n < CONSUMER_SLOTS; n++) {
        if (n === 10 || n === 20) channel.consumer('latest', `closed_${n}`).close();
        else if (n === 30) channel.consumer('latest', 'alive');
        else channel.deadConsumer(`dead_${n}`);
      }
      const names = (): string[] => namesIn(channel.observer());
      const before = names();
      for (const [name, slot] of [
        ['first', 10],
        ['second', 20],
        ['third', 0],
        ['fourth', 1],
      ] as const) {
        channel.consumer('latest', name);
        before[slot] = name;
        assert.deepEqual(names(), before);
      }
      for (let n = 0; n < CONSUMER_SLOTS - 5; n++) channel.consumer('latest', `late_${n}`);
      assert.equal(names()[30], 'alive', 'a living one is never taken from');
      const segment = channel.segment(false);
      assert.throws(() => new Consumer(segment, { name: 'more', from: 'latest' }), refused('ERR_SLOTS_EXHAUSTED'));
      segment.close();
    });

    it('are free again after an attach of a new name that was refused', (t) => {
      const channel = new TemporaryChannel(t, { type });
      channel.consumer('latest', 'closed').close();
      const producer = channel.producer();
      for (let n = 0; n < 300; n++) producer.write(numbered(n, 1000));
      const segment = channel.segment(false);
      const from = { sequence: 1e9 };
      assert.throws(() => new Consumer(segment, { name: 'new', from }), refused('ERR_INVALID_ARGUMENT'));
      segment.close();
      const consumer = channel.consumer('resume', 'new');
      assert.deepEqual([consumer.sequence, consumer.lost], [300, 0], 'a name without a cursor starts at the end');
      assert.deepEqual(namesIn(channel.observer()).slice(0, 3), ['closed', 'new', '']);
    });

    it('are used again by many more names, one after the other, than there are slots', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      for (let n = 0; n < CONSUMER_SLOTS * 3; n++) {
        const consumer = channel.consumer('latest', `passing_${n}`);
        producer.write(numbered(n));
        assert.equal(numberOf(consumer.read()!.bytes, 0, 8), n);
        assert.equal(consumer.lost, 0);
        consumer.close();
      }
    });
  });
}

describe('producer slots', () => {
  it("of a single-producer channel are one: a second is refused with the first one's name and process", (t) => {
    const channel = new TemporaryChannel(t, { type: 'SPSC' });
    const first = channel.producer();
    assert.throws(
      () => channel.producer(),
      refused('ERR_PRODUCER_TAKEN', /"writer"/, new RegExp(`\\b${process.pid}\\b`)),
    );
    assert.equal(first.write(numbered(1)), 0, 'the first is not disturbed');
    first.close();
    assert.equal(channel.producer().write(numbered(2)), 1);
  });

  it(`of a multi-producer channel are ${PRODUCER_SLOTS}; one more is refused, and a closed one makes room`, (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPSC' });
    const consumer = channel.consumer();
    const producers = Array.from({ length: PRODUCER_SLOTS }, () => channel.producer());
    assert.throws(() => channel.producer(), refused('ERR_SLOTS_EXHAUSTED', /64/, /close/));
    for (const [n, producer] of producers.entries()) assert.equal(producer.write(numbered(n)), n);
    const ids: number[] = [];
    consumer.poll((message) => ids.push(message.producerId));
    assert.deepEqual(
      ids,
      Array.from({ length: PRODUCER_SLOTS }, (_, n) => n),
    );
    producers[9]!.close();
    assert.equal(channel.producer().id, 9);
  });
});

describe('a producer slot whose producer died', () => {
  it('is taken by the next, also if it died inside a claim', (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPMC' });
    const consumer = channel.consumer();
    channel.deadProducer();
    for (let n = 0; n < 3; n++) channel.deadProducer((producer) => producer.tryClaim(8));
    const producer = channel.producer();
    assert.deepEqual([producer.id, producer.write(numbered(3))], [0, 3]);
    assert.deepEqual([consumer.read()?.sequence, consumer.lost], [3, 3]);
  });

  it('is left alone while somebody else repairs its claim; when there is no other, the refusal says so', (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPMC' });
    const repairer = channel.observer();
    assert.equal(loadNative().lockByte(repairer.fd, CONTROL.at.repairLock), 0);
    for (let n = 0; n < PRODUCER_SLOTS; n++) channel.deadProducer((producer) => producer.tryClaim(8));
    assert.throws(() => channel.producer(), refused('ERR_SLOTS_EXHAUSTED', /64 of them by producers that died inside/));
    loadNative().unlockByte(repairer.fd, CONTROL.at.repairLock);
    assert.equal(channel.producer().id, 0);
  });
});

describe('a segment that one process opens several times', () => {
  it('serves a producer and consumers of the same process, each with its own mapping', (t) => {
    const channel = new TemporaryChannel(t, { type: 'SPMC' });
    const producer = channel.producer();
    const [first, second] = [channel.consumer('latest', 'a'), channel.consumer('latest', 'b')];
    for (let n = 0; n < 500; n++) {
      producer.write(numbered(n, 500));
      for (const consumer of [first, second]) assert.equal(numberOf(consumer.read()!.bytes, 0, 500), n);
    }
    first.close();
    producer.write(numbered(500));
    assert.equal(second.read()!.sequence, 500, 'closing one endpoint drops no lock and no mapping of another');
    assert.throws(() => channel.producer(), refused('ERR_PRODUCER_TAKEN'));
  });

  it('can be opened and closed more often than there are mappings', (t) => {
    const channel = new TemporaryChannel(t, { type: 'SPMC' });
    const producer = channel.producer();
    for (let n = 0; n < 3000; n++) {
      const consumer = new Consumer(channel.segment(false), { name: 'again', from: 'resume' });
      producer.write(numbered(n));
      const message = consumer.read();
      assert.equal(message!.sequence, n);
      consumer.close();
    }
  });
});
