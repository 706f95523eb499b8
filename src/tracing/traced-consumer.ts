import { context, SpanKind, trace, type Attributes, type Context, type Span } from '@opentelemetry/api';
import type { Consumer, MessageView } from '../channel/index.js';
import { MessageReader, TracePeek } from '../protocol/index.js';
import { ATTRIBUTE, processAttributes } from './conventions.js';
import { readMessage, rememberHop, spanContextOf, type ReadMessage } from './message-trace.js';
import { tracingSettings, type TracingOptions, type TracingSettings } from './options.js';
import { PollSpan } from './poll-span.js';
import { endFailed } from './span-end.js';

type Handler = (message: MessageView) => void;

/** What there is to trace of a message, in place or copied. */
export type TracedMessage = Pick<MessageView, 'buffer' | 'offset' | 'length' | 'sequence'>;

/**
 * A consumer whose handlers run in spans. Everything else that a consumer does is done by `consumer` itself; for what `read`
 * or an iteration of it gave, there is `process`.
 */
export class TracedConsumer implements Disposable {
  readonly consumer: Consumer;
  private readonly settings: TracingSettings;
  private readonly attributes: Attributes;
  private readonly spanName: string;
  private readonly peek = new TracePeek();
  private readonly reader = new MessageReader();
  /** That of the poll that is under way. */
  private handler: Handler = () => undefined;
  private readonly deliver: Handler;

  /** @internal Made by {@link traceConsumer}. */
  constructor(consumer: Consumer, options: TracingOptions) {
    this.consumer = consumer;
    this.settings = tracingSettings(options);
    this.attributes = processAttributes(consumer.channel, consumer.name);
    this.spanName = `process ${consumer.channel}`;
    this.deliver = (message) => this.handOver(message, this.handler);
  }

  get channel(): string {
    return this.consumer.channel;
  }

  get name(): string {
    return this.consumer.name;
  }

  /** As `Consumer.poll`; the handler runs in a span for each message. */
  poll(handler: Handler, limit?: number): number {
    const before = this.handler;
    this.handler = handler;
    try {
      return this.consumer.poll(this.deliver, limit);
    } finally {
      this.handler = before;
    }
  }

  /**
   * As `Consumer.poll`, with one span for all messages, from the first one on that is to be traced; a poll without one makes
   * none. The span has a link to the trace of each message, up to 128, and a handler that writes continues this span: not the
   * traces of the messages.
   */
  pollBatch(handler: Handler, limit?: number): number {
    const { settings, peek, reader } = this;
    const poll = new PollSpan(settings, peek, reader, (count, parent) =>
      settings.tracer.startSpan(
        this.spanName,
        { kind: SpanKind.CONSUMER, attributes: { ...this.attributes, [ATTRIBUTE.batchCount]: count } },
        parent,
      ),
    );
    return poll.run(handler, (deliver) => this.consumer.poll(deliver, limit));
  }

  /** As `Consumer.subscribe`; the handler runs in a span for each message. */
  subscribe(handler: Handler, options?: { signal?: AbortSignal }): Promise<void> {
    return this.consumer.subscribe((message) => this.handOver(message, handler), options);
  }

  /**
   * Runs what processes a message in its span; when it answers a promise, the span ends with that.
   *
   * @example
   * for await (const message of traced.consumer) await traced.process(message, store);
   *
   * @throws whatever `work` throws
   */
  process<Kind extends TracedMessage, Result>(message: Kind, work: (message: Kind) => Result): Result {
    const { buffer, offset, length } = message;
    if (!this.settings.sampler.takes(this.peek.flags(buffer, offset, length))) return work(message);
    return this.inSpan(message, work);
  }

  close(): void {
    this.consumer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private handOver(message: MessageView, handler: Handler): void {
    const flags = this.peek.flags(message.buffer, message.offset, message.length);
    if (this.settings.sampler.takes(flags)) this.inSpan(message, handler);
    else handler(message);
  }

  private inSpan<Kind extends TracedMessage, Result>(message: Kind, work: (message: Kind) => Result): Result {
    const { buffer, offset, length, sequence } = message;
    const read = readMessage(this.reader, buffer, offset, length);
    const parent = parentOf(read);
    const attributes = {
      ...this.attributes,
      [ATTRIBUTE.messageId]: String(sequence),
      [ATTRIBUTE.bodySize]: length,
    };
    const span = this.settings.tracer.startSpan(this.spanName, { kind: SpanKind.CONSUMER, attributes }, parent);
    const inside = read?.trace === undefined ? parent : rememberHop(parent, read.trace);
    return endingWith(span, () => context.with(trace.setSpan(inside, span), work, undefined, message));
  }
}

/** The context that a message's span is to begin in: that of its producer's span, else the one that is active. */
function parentOf(read: ReadMessage | undefined): Context {
  if (read?.trace === undefined) return context.active();
  return trace.setSpanContext(context.active(), spanContextOf(read.trace.context));
}

/** Ends the span when the work is done, or its promise is settled. */
function endingWith<Result>(span: Span, work: () => Result): Result {
  let result: Result;
  try {
    result = work();
  } catch (error) {
    endFailed(span, error);
    throw error;
  }
  if (result instanceof Promise) {
    return result.then(
      (value: unknown) => {
        span.end();
        return value;
      },
      (error: unknown) => {
        endFailed(span, error);
        throw error;
      },
    ) as Result;
  }
  span.end();
  return result;
}

/**
 * Runs the handlers of a consumer in spans (kind CONSUMER) of OpenTelemetry, which continue the trace that a message carries:
 * a message that follows the protocol and was written by a traced producer, or has a TraceContext from elsewhere. Spans of
 * other messages begin traces of their own, or belong to the span that is active. A span whose handler throws has the error.
 *
 * @example
 * const quotes = traceConsumer(bus.consumer('market_data'), { sampling: 'parent' });
 * await quotes.subscribe((message) => signals.write(decide(message)), { signal });
 *
 * @throws BusError `ERR_INVALID_ARGUMENT`
 */
export function traceConsumer(consumer: Consumer, options: TracingOptions = {}): TracedConsumer {
  return new TracedConsumer(consumer, options);
}
