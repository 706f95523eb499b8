import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { DROPPED } from '#src/channel/index.js';
import { crc32, MESSAGE_BYTES_MAX, RelayDomain, StageFlag, TlvMessageBuilder, withTrace } from '#src/protocol/index.js';
import { traceProducer } from '#src/tracing/index.js';
import { blocking, TemporaryChannel } from '../../kit/temporary-channel.js';
import { plainMessage, recordedSpans, REMOTE, within } from './recorded-spans.js';
import { carriedBy, idsOf, NOW_MS, only, traced } from './traced-endpoints.js';

describe('a message of a traced producer', () => {
  test('has a span of kind PRODUCER with the names of the conventions, and carries it', (t) => {
    const { producer, consumer, ended } = traced(t);
    const plain = plainMessage();
    const sequence = producer.write(plain);
    const span = only(ended());
    assert.equal(span.name, 'send test');
    assert.equal(span.kind, SpanKind.PRODUCER);
    assert.deepEqual(span.attributes, {
      'messaging.system': 'alphapulse-bus',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'test',
      'messaging.message.body.size': plain.length,
      'messaging.message.id': String(sequence),
    });
    const carried = carriedBy(consumer.consumer.read());
    assert.deepEqual(carried?.context, { ...idsOf(span), flags: 1, tracestate: '' });
    assert.deepEqual(
      { ...carried.hop, traceId: undefined },
      {
        startTimestampNs: BigInt(NOW_MS) * 1_000_000n,
        currentTimestampNs: BigInt(NOW_MS) * 1_000_000n,
        sourceService: 4,
        spanDepth: 0,
        stageFlags: StageFlag.Collected,
        traceId: undefined,
      },
    );
  });

  test('has the names of an older version when they are asked for', (t) => {
    const { producer, ended } = traced(t, { conventions: '1.27.0' });
    producer.write(plainMessage());
    assert.equal(only(ended()).attributes['messaging.operation.type'], 'publish');
  });

  test('is a child of the active span, whose tracestate goes with it', (t) => {
    const { producer, consumer, ended } = traced(t);
    const traceState = {
      serialize: () => 'rojo=1',
      get: () => undefined,
      set: () => traceState,
      unset: () => traceState,
    };
    within({ traceState }, () => producer.write(plainMessage()));
    assert.equal(only(ended()).parentSpanContext?.spanId, REMOTE.spanId);
    const carried = carriedBy(consumer.consumer.read());
    assert.equal(carried?.context.traceId, REMOTE.traceId);
    assert.equal(carried.context.tracestate, 'rojo=1');
  });

  test('continues the trace that it carries already, one hop further; beside an active span that is a link', (t) => {
    const { producer, consumer, ended } = traced(t, { stage: StageFlag.Relayed });
    const hop = { startTimestampNs: 5n, currentTimestampNs: 6n, sourceService: 1, spanDepth: 255, stageFlags: 1 };
    const relayed = withTrace(plainMessage(), hop, { ...REMOTE, flags: 1, tracestate: '' });
    producer.write(relayed);
    assert.equal(only(ended()).parentSpanContext?.spanId, REMOTE.spanId);
    const carried = carriedBy(consumer.consumer.read())?.hop;
    assert.equal(carried?.startTimestampNs, 5n);
    assert.equal(carried.spanDepth, 255);
    assert.equal(carried.stageFlags, StageFlag.Collected | StageFlag.Relayed);
    within({ traceId: '1'.repeat(32), spanId: '2'.repeat(16) }, () => producer.write(relayed));
    const span = ended()[1]!;
    assert.equal(span.parentSpanContext?.spanId, '2'.repeat(16));
    assert.deepEqual(
      span.links.map((link) => link.context.spanId),
      [REMOTE.spanId],
    );
  });

  test('that does not follow the protocol has a span, and goes as it is', (t) => {
    const { producer, consumer, ended } = traced(t);
    const damaged = plainMessage();
    damaged[40]! ^= 1;
    for (const message of [new TextEncoder().encode('text'), damaged]) {
      producer.write(message);
      assert.deepEqual(new Uint8Array(consumer.consumer.read()!.bytes), message);
    }
    for (const span of ended()) assert.equal(span.attributes['alphapulse.trace.propagated'], false);
    assert.equal(ended().length, 2);
  });

  test('that would be longer than the channel takes goes as it is', (t) => {
    const { producer, consumer, ended } = traced(t);
    const full = plainMessage(producer.producer.messageSizeMax - 37);
    assert.equal(full.length, producer.producer.messageSizeMax);
    producer.write(full);
    assert.equal(crc32(consumer.consumer.read()!.bytes), crc32(full));
    assert.equal(only(ended()).attributes['alphapulse.trace.propagated'], false);
  });

  test('that would be longer than any may be goes as it is', (t) => {
    const { tracer, ended } = recordedSpans(t);
    const channel = new TemporaryChannel(t, { capacity: 2 ** 24 });
    const consumer = channel.consumer('oldest');
    const full = new TlvMessageBuilder(RelayDomain.MarketData, 4);
    while (full.byteLength + 65_540 <= MESSAGE_BYTES_MAX) full.addTlv(3, new Uint8Array(65_535));
    full.addTlv(3, new Uint8Array(MESSAGE_BYTES_MAX - full.byteLength - 5));
    traceProducer(channel.producer(), { tracer }).write(full.build());
    assert.equal(consumer.read()?.length, MESSAGE_BYTES_MAX);
    assert.equal(only(ended()).attributes['alphapulse.trace.propagated'], false);
  });

  test('that is refused has a span with the error', async (t) => {
    const { producer, ended } = traced(t);
    assert.throws(() => producer.write(new Uint8Array(0)), { code: 'ERR_MESSAGE_EMPTY' });
    await assert.rejects(producer.writeAsync(new Uint8Array(100_000)), { code: 'ERR_MESSAGE_TOO_LARGE' });
    assert.throws(() => producer.write('text' as never), { code: 'ERR_INVALID_ARGUMENT' });
    assert.deepEqual(
      ended().map(({ status, attributes }) => [status.code, attributes['error.type']]),
      ['ERR_MESSAGE_EMPTY', 'ERR_MESSAGE_TOO_LARGE', 'ERR_INVALID_ARGUMENT'].map((code) => [
        SpanStatusCode.ERROR,
        code,
      ]),
    );
    assert.equal(ended()[0]!.events[0]!.name, 'exception');
  });

  test('that is dropped has a span with the error', (t) => {
    const { tracer, ended } = recordedSpans(t);
    const channel = new TemporaryChannel(t, { backpressure: { ...blocking(0), mode: 'DropNewest' } });
    channel.consumer('oldest');
    const producer = traceProducer(channel.producer(), { tracer });
    let sequence = 0;
    while (sequence >= 0) sequence = producer.tryWrite(plainMessage(1000));
    assert.equal(sequence, DROPPED);
    const last = ended().at(-1)!;
    assert.equal(last.attributes['error.type'], 'DROPPED');
    assert.equal(last.status.code, SpanStatusCode.ERROR);
  });
});
