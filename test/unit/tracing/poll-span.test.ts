import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { withTrace } from '#src/protocol/index.js';
import { plainMessage, REMOTE } from './recorded-spans.js';
import { carriedBy, only, traced } from './traced-endpoints.js';

describe('a batch', () => {
  test('has one span, which its messages carry, with links to what they carried', (t) => {
    const { producer, consumer, ended } = traced(t);
    const hop = { startTimestampNs: 5n, currentTimestampNs: 6n, sourceService: 1, spanDepth: 0, stageFlags: 1 };
    const relayed = withTrace(plainMessage(), hop, { ...REMOTE, flags: 1, tracestate: '' });
    assert.equal(producer.writeBatch([plainMessage(), relayed, new Uint8Array(3)]), 3);
    const span = only(ended());
    assert.equal(span.attributes['messaging.batch.message_count'], 3);
    assert.deepEqual(
      span.links.map(({ context: { traceId } }) => traceId),
      [REMOTE.traceId],
    );
    assert.equal(carriedBy(consumer.consumer.read())?.context.spanId, span.spanContext().spanId);
    assert.equal(carriedBy(consumer.consumer.read())?.context.spanId, REMOTE.spanId);
    assert.equal(consumer.consumer.read()?.length, 3);
    assert.equal(producer.writeBatch([]), 0);
    assert.throws(() => producer.writeBatch([new Uint8Array(0)]), { code: 'ERR_MESSAGE_EMPTY' });
    assert.equal(ended()[1]!.attributes['error.type'], 'ERR_MESSAGE_EMPTY');
  });

  test('that is polled has one span with links, within which its handler runs', (t) => {
    const { producer, consumer, ended } = traced(t);
    const sent = Array.from({ length: 130 }, () => producer.write(plainMessage()));
    producer.write(new Uint8Array(3));
    const active: (string | undefined)[] = [];
    assert.equal(
      consumer.pollBatch(() => active.push(trace.getSpanContext(context.active())?.spanId)),
      131,
    );
    const span = ended().at(-1)!;
    assert.equal(span.name, 'process test');
    assert.equal(span.kind, SpanKind.CONSUMER);
    assert.equal(span.attributes['messaging.batch.message_count'], 131);
    assert.equal(span.links.length, 128);
    assert.equal(span.links[1]!.context.spanId, ended()[1]!.spanContext().spanId);
    assert.equal(span.links[1]!.attributes?.['messaging.message.id'], String(sent[1]));
    assert.deepEqual(new Set(active), new Set([span.spanContext().spanId]));
    const count = ended().length;
    assert.equal(
      consumer.pollBatch(() => assert.fail()),
      0,
    );
    assert.equal(ended().length, count);
  });

  test('whose handler throws has a span with the error', (t) => {
    const { producer, consumer, ended } = traced(t);
    producer.writeBatch([plainMessage(), plainMessage()]);
    let seen = 0;
    const fails = (): void => {
      seen += 1;
      if (seen === 2) throw new TypeError('no');
    };
    assert.throws(() => consumer.pollBatch(fails), TypeError);
    const span = ended().at(-1)!;
    assert.equal(span.attributes['error.type'], 'TypeError');
    assert.equal(span.attributes['messaging.batch.message_count'], 2);
    assert.equal(
      consumer.pollBatch(() => undefined),
      1,
    );
  });
});
