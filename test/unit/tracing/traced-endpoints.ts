import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Message } from '#src/channel/index.js';
import { carriedTrace, MessageReader, type CarriedTrace } from '#src/protocol/index.js';
import { traceConsumer, traceProducer, type ProducerTracingOptions, type TracingOptions } from '#src/tracing/index.js';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { TemporaryChannel } from '../../kit/temporary-channel.js';
import { recordedSpans, type RecordedSpans } from './recorded-spans.js';

export const NOW_MS = 1_700_000_000_000;
const clock = { nowMs: () => NOW_MS };

export interface Traced extends RecordedSpans {
  readonly channel: TemporaryChannel;
  readonly producer: ReturnType<typeof traceProducer>;
  readonly consumer: ReturnType<typeof traceConsumer>;
}

export function traced(
  t: TestContext,
  sending: Omit<ProducerTracingOptions, 'tracer'> = {},
  receiving: Omit<TracingOptions, 'tracer'> = {},
  spans = recordedSpans(t),
): Traced {
  const channel = new TemporaryChannel(t, { type: 'MPMC' });
  const consumer = traceConsumer(channel.consumer('oldest'), { tracer: spans.tracer, clock, ...receiving });
  const producer = traceProducer(channel.producer(), { tracer: spans.tracer, clock, ...sending });
  return { ...spans, channel, producer, consumer };
}

export function carriedBy(message: Message | undefined): CarriedTrace | undefined {
  return message && carriedTrace(new MessageReader().wrap(message.bytes));
}

export function only(spans: readonly ReadableSpan[]): ReadableSpan {
  assert.equal(spans.length, 1);
  return spans[0]!;
}

export const idsOf = (span: ReadableSpan): { traceId: string; spanId: string } => {
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId };
};
