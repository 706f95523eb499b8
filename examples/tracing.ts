import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import process from 'node:process';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { MessageBus, type BusConfig } from 'alphapulse-bus';
import { RelayDomain, SourceType, TlvMessageBuilder } from 'alphapulse-bus/protocol';
import { traceConsumer, traceProducer } from 'alphapulse-bus/tracing';

/*
 * A quote goes to a strategy, which answers with a signal: both are one trace, by spans of OpenTelemetry, although each
 * service knows only its own. The spans stay in memory here; yours go where your provider exports them to.
 *
 *   node build/examples/tracing.js
 */

const config: BusConfig = {
  channels: {
    quotes: { type: 'SPSC', producer: 'collector', consumer: 'strategy', bufferSize: '64KB' },
    signals: { type: 'SPSC', producer: 'strategy', consumer: 'execution', bufferSize: '64KB' },
  },
};

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const tracer = provider.getTracer('example');

const message = (domain: RelayDomain, source: SourceType): Uint8Array =>
  new TlvMessageBuilder(domain, source).addTlv(200, new Uint8Array(8)).build();

const directory = mkdtempSync('/dev/shm/tracing-');
try {
  await using collector = await MessageBus.open({ service: 'collector', config, directory });
  await using strategy = await MessageBus.open({ service: 'strategy', config, directory });
  await using execution = await MessageBus.open({ service: 'execution', config, directory });
  const quotes = traceConsumer(strategy.consumer('quotes', { from: 'oldest' }), { tracer });
  const signals = traceProducer(strategy.producer('signals'), { tracer });
  const orders = traceConsumer(execution.consumer('signals', { from: 'oldest' }), { tracer });

  traceProducer(collector.producer('quotes'), { tracer }).write(
    message(RelayDomain.MarketData, SourceType.PolygonCollector),
  );
  quotes.poll(() => void signals.write(message(RelayDomain.Signal, SourceType.ArbitrageStrategy)));
  orders.poll(() => undefined);

  const spans = exporter.getFinishedSpans();
  assert.equal(new Set(spans.map((span) => span.spanContext().traceId)).size, 1);
  for (const span of spans) {
    const parent = spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
    process.stdout.write(`${span.name}${parent === undefined ? '' : `, a child of ${parent.name}`}\n`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
