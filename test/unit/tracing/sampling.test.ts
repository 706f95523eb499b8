import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { traceProducer } from '#src/tracing/index.js';
import { TemporaryChannel } from '../../kit/temporary-channel.js';
import { plainMessage, recordedSpans, within } from './recorded-spans.js';
import { carriedBy, traced } from './traced-endpoints.js';

describe('sampling', () => {
  test('takes one in so many of the messages without a trace, from the first on', (t) => {
    const { producer, consumer, ended } = traced(t, { sampling: { oneIn: 3 } });
    for (let i = 0; i < 7; i++) producer.write(plainMessage());
    assert.equal(ended().length, 3);
    const carried: boolean[] = [];
    for (let read = consumer.consumer.read(); read !== undefined; read = consumer.consumer.read())
      carried.push(carriedBy(read) !== undefined);
    assert.deepEqual(carried, [true, false, false, true, false, false, true]);
  });

  test('by the parent takes what belongs to a sampled trace, and nothing else', (t) => {
    const { producer, consumer, ended } = traced(t, { sampling: 'parent' }, { sampling: 'parent' });
    producer.write(plainMessage());
    within({ traceFlags: 0 }, () => producer.write(plainMessage()));
    within({ traceFlags: 0 }, () => producer.writeBatch([plainMessage()]));
    assert.equal(ended().length, 0);
    within({}, () => producer.write(plainMessage()));
    within({}, () => producer.tryWrite(plainMessage()));
    assert.equal(ended().length, 2);
    assert.equal(
      consumer.poll(() => undefined),
      5,
    );
    assert.equal(ended().length, 4);
  });

  test("by the tracer's sampler alone still hands its decision on", (t) => {
    const spans = recordedSpans(t, { isOff: true });
    const { producer, consumer, ended } = traced(t, {}, {}, spans);
    producer.write(plainMessage());
    assert.equal(ended().length, 0);
    assert.equal(carriedBy(consumer.consumer.read())?.context.flags, 0);
  });

  test('of batches takes one poll in so many', (t) => {
    const { producer, consumer, ended } = traced(t, { sampling: 'parent' }, { sampling: { oneIn: 2 } });
    for (let poll = 0; poll < 4; poll++) {
      producer.writeBatch([plainMessage(), plainMessage()]);
      assert.equal(
        consumer.pollBatch(() => undefined),
        2,
      );
    }
    assert.equal(ended().length, 2);
  });

  test('and other options that are none are refused', (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    for (const wrong of [
      { sampling: { oneIn: 0 } },
      { sampling: { oneIn: 1.5 } },
      { sampling: 'some' },
      { sampling: null },
      { conventions: '1.0.0' },
      { stage: 256 },
    ])
      assert.throws(() => traceProducer(producer, wrong as never), { code: 'ERR_INVALID_ARGUMENT' });
  });

  test('without a provider makes spans that nobody sees, and messages go as they are', (t) => {
    const channel = new TemporaryChannel(t);
    const consumer = channel.consumer('oldest');
    const producer = traceProducer(channel.producer());
    producer.write(plainMessage());
    producer.writeBatch([plainMessage()]);
    assert.deepEqual(new Uint8Array(consumer.read()!.bytes), plainMessage());
    assert.deepEqual(new Uint8Array(consumer.read()!.bytes), plainMessage());
  });
});
