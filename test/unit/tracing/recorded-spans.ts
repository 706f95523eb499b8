import type { TestContext } from 'node:test';
import { context, trace, type SpanContext, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { RelayDomain, TlvMessageBuilder } from '#src/protocol/index.js';

/** A tracer whose spans a test can look at. */
export interface RecordedSpans {
  readonly tracer: Tracer;
  /** Those that have ended, in this order. */
  readonly ended: () => readonly ReadableSpan[];
}

/** With spans that are active across calls, as programs that trace have it. `isOff`: no root is sampled. */
export function recordedSpans(t: TestContext, { isOff = false } = {}): RecordedSpans {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(isOff && { sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }) }),
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  t.after(() => {
    context.disable();
    contexts.disable();
  });
  return { tracer: provider.getTracer('test'), ended: () => exporter.getFinishedSpans() };
}

/** Runs with a span active that somebody else began. */
export function within<Result>(parent: Partial<SpanContext>, work: () => Result): Result {
  const spanContext = { ...REMOTE, ...parent };
  return context.with(trace.setSpanContext(context.active(), spanContext), work);
}

export const REMOTE: SpanContext = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  traceFlags: 1,
};

/** A message that follows the protocol, without a trace. */
export function plainMessage(bytes = 40): Uint8Array {
  return new TlvMessageBuilder(RelayDomain.MarketData, 4).addTlv(3, new Uint8Array(bytes)).withSequence(7).build();
}
