/*
 * A service of a traced pipeline: collector --quotes--> strategy --signals--> execution. Arguments: configuration as JSON,
 * directory, service, where the strategy begins (`resume` or `oldest`). The collector writes a quote for each line that it gets and says its
 * trace (`again`: one more of the same; `flood`: many of none); the strategy answers each
 * quote with a signal, or says `hanging` and does nothing more once it got the line `hang`; the execution says what it got.
 */
import process from 'node:process';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { MessageBus, type BusConfig, type MessageView } from 'alphapulse-bus';
import { carriedTrace, MessageReader, RelayDomain, SourceType, TlvMessageBuilder } from 'alphapulse-bus/protocol';
import { traceConsumer, traceProducer } from 'alphapulse-bus/tracing';

const [config = '', directory = '', service = '', from = 'resume'] = process.argv.slice(2);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const options = { tracer: provider.getTracer(service) };
const bus = await MessageBus.open({ service, directory, config: JSON.parse(config) as BusConfig });
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const message = (domain: RelayDomain, source: SourceType): Uint8Array =>
  new TlvMessageBuilder(domain, source).addTlv(200, new Uint8Array(200)).build();

function collect(): void {
  const producer = bus.producer('quotes');
  const quotes = traceProducer(producer, options);
  process.stdin.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trim().split('\n')) {
      if (line === 'flood') {
        for (let i = 0; i < 2000; i++) producer.write(message(RelayDomain.MarketData, SourceType.PolygonCollector));
        say('flooded');
        continue;
      }
      if (line === 'again') {
        const parent = trace.setSpanContext(context.active(), exporter.getFinishedSpans().at(-1)!.spanContext());
        context.with(parent, () => quotes.write(message(RelayDomain.MarketData, SourceType.PolygonCollector)));
        say('again');
        continue;
      }
      quotes.write(message(RelayDomain.MarketData, SourceType.PolygonCollector));
      say(`sent ${exporter.getFinishedSpans().at(-1)!.spanContext().traceId}`);
    }
  });
}

async function decide(): Promise<void> {
  let hangs = false;
  process.stdin.on('data', () => {
    hangs = true;
    say('will hang');
  });
  const signals = traceProducer(bus.producer('signals'), options);
  const reader = new MessageReader();
  const answer = ({ buffer, offset, length }: MessageView): void => {
    if (carriedTrace(reader.wrap(buffer, offset, length)) === undefined) return;
    if (hangs) say('hanging');
    else signals.write(message(RelayDomain.Signal, SourceType.ArbitrageStrategy));
    while (hangs) continue;
  };
  const quotes = traceConsumer(bus.consumer('quotes', { from: from === 'oldest' ? from : 'resume' }), {
    ...options,
    sampling: 'parent',
  });
  say('ready');
  await quotes.subscribe(answer);
}

async function execute(): Promise<void> {
  const reader = new MessageReader();
  say('ready');
  await traceConsumer(bus.consumer('signals', { from: 'oldest' }), options).subscribe(({ buffer, offset, length }) =>
    say(`got ${carriedTrace(reader.wrap(buffer, offset, length))?.context.traceId}`),
  );
}

if (service === 'collector') {
  collect();
  say('ready');
} else await (service === 'strategy' ? decide() : execute());
