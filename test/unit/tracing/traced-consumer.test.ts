import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { context, SpanKind, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { RelayDomain, StageFlag, TlvMessageBuilder, TracePeek, TraceContext } from '#src/protocol/index.js';
import { plainMessage } from './recorded-spans.js';
import { carriedBy, only, traced } from './traced-endpoints.js';

describe('the handler of a traced consumer', () => {
  test("runs in a span of kind CONSUMER, a child of the message's", (t) => {
    const { producer, consumer, ended } = traced(t);
    const sequence = producer.write(plainMessage());
    assert.equal(
      consumer.poll((message) => assert.equal(message.sequence, sequence)),
      1,
    );
    const [sent, processed] = ended() as [ReadableSpan, ReadableSpan];
    assert.equal(processed.name, 'process test');
    assert.equal(processed.kind, SpanKind.CONSUMER);
    assert.equal(processed.parentSpanContext?.spanId, sent.spanContext().spanId);
    assert.equal(processed.parentSpanContext.isRemote, true);
    assert.deepEqual(processed.attributes, {
      'messaging.system': 'alphapulse-bus',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'test',
      'messaging.consumer.group.name': 'reader',
      'messaging.message.id': String(sequence),
      'messaging.message.body.size': plainMessage().length + 65,
    });
  });

  test('continues the way of its message with what it writes', (t) => {
    const { producer, consumer, ended } = traced(t);
    producer.write(plainMessage());
    consumer.poll(() => void producer.write(plainMessage()), 1);
    const [sent, , processed] = [ended()[0], ended()[1], ended()[2]] as ReadableSpan[];
    assert.equal(ended().length, 3);
    assert.equal(processed?.spanContext().traceId, sent?.spanContext().traceId);
    const hop = carriedBy(consumer.consumer.read())?.hop;
    assert.equal(hop?.spanDepth, 1);
    assert.equal(hop.stageFlags, StageFlag.Collected | StageFlag.Processed);
  });

  test('continues a trace of somebody who knows the TraceContext only', (t) => {
    const { channel, consumer, ended } = traced(t);
    const hop = { startTimestampNs: 5n, currentTimestampNs: 6n, sourceService: 1, spanDepth: 3, stageFlags: 1 };
    const traceId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const view = new DataView(new ArrayBuffer(TraceContext.size));
    TraceContext.encode({ ...hop, traceId }, view, 0);
    const peek = new TracePeek();
    const message = messageWith(108, new Uint8Array(view.buffer));
    assert.equal(peek.flags(message, 0, message.length), 1);
    channel.producer(true, 'other').write(message);
    consumer.poll(() => undefined);
    assert.equal(only(ended()).spanContext().traceId, '00000000000000000102030405060708');
  });

  test('that throws has a span with the error, and gets the message again', (t) => {
    const { producer, consumer, ended } = traced(t);
    producer.write(plainMessage());
    const thrown: unknown[] = [new RangeError('too far'), 'no error', Object.assign(new Error('x'), { code: 'E1' })];
    for (const error of thrown)
      assert.throws(
        () =>
          consumer.poll(() => {
            throw error as Error;
          }),
        (found) => found === error,
      );
    const processed = ended().filter(({ kind }) => kind === SpanKind.CONSUMER);
    assert.deepEqual(
      processed.map(({ attributes }) => attributes['error.type']),
      ['RangeError', '_OTHER', 'E1'],
    );
    assert.equal(processed[0]!.status.message, 'too far');
    assert.equal(
      consumer.poll(() => undefined),
      1,
    );
  });

  test('is called as without tracing for messages that are no messages of the protocol', (t) => {
    const { channel, consumer, ended } = traced(t);
    channel.producer(true, 'other').write(new Uint8Array(3));
    assert.equal(
      consumer.poll((message) => assert.equal(message.length, 3)),
      1,
    );
    assert.equal(only(ended()).parentSpanContext, undefined);
  });

  test('of a subscription runs in a span too', async (t) => {
    const { producer, consumer, ended } = traced(t);
    producer.write(plainMessage());
    const stop = new AbortController();
    await consumer.subscribe(() => stop.abort(), { signal: stop.signal });
    assert.equal(ended().length, 2);
  });

  test('of a message that was read may take its time', async (t) => {
    const { producer, consumer, ended } = traced(t);
    producer.writeBatch([plainMessage(), plainMessage()]);
    const work = consumer.process(consumer.consumer.read()!, async () => {
      await Promise.resolve();
      return trace.getSpanContext(context.active())?.traceId;
    });
    assert.equal(ended().length, 1);
    assert.equal(await work, ended()[0]!.spanContext().traceId);
    assert.equal(ended().length, 2);
    const failing = consumer.process(consumer.consumer.read()!, () => Promise.reject(new TypeError('no')));
    await assert.rejects(failing, TypeError);
    assert.equal(ended()[2]!.attributes['error.type'], 'TypeError');
    assert.equal(consumer.channel, 'test');
    assert.equal(consumer.name, 'reader');
  });
});

function messageWith(type: number, value: Uint8Array): Uint8Array {
  return new TlvMessageBuilder(RelayDomain.MarketData, 4).addTlv(type, value).build();
}
