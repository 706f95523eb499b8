import {
  context,
  isSpanContextValid,
  SpanKind,
  trace,
  type Attributes,
  type Link,
  type Span,
} from '@opentelemetry/api';
import { BACKPRESSURE, CIRCUIT_OPEN, DROPPED, type AsyncWaitOptions, type Producer } from '../channel/index.js';
import {
  MessageReader,
  NO_TRACE,
  ProtocolError,
  TracePeek,
  withTrace,
  type TraceHop,
  type W3cContext,
} from '../protocol/index.js';
import { ATTRIBUTE, sendAttributes } from './conventions.js';
import {
  activeSpanContext,
  nextHop,
  readMessage,
  spanContextOf,
  w3cContextOf,
  type ReadMessage,
} from './message-trace.js';
import { checkStage, tracingSettings, type ProducerTracingOptions, type TracingSettings } from './options.js';
import { endFailed, endRefused } from './span-end.js';

/** As many as SDKs keep of one span. */
export const LINKS_MAX = 128;

/** Why a message was not written, for `error.type`. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [BACKPRESSURE, 'BACKPRESSURE'],
  [DROPPED, 'DROPPED'],
  [CIRCUIT_OPEN, 'CIRCUIT_OPEN'],
]);

/** A span that is under way, and the message that carries it. */
interface Sending {
  readonly span: Span;
  readonly message: Uint8Array;
}

/**
 * A producer whose messages have spans. What a message carries is described at {@link traceProducer}; everything else that a
 * producer does is done by `producer` itself, such as `tryClaim`, whose messages have no spans.
 */
export class TracedProducer implements Disposable {
  readonly producer: Producer;
  private readonly settings: TracingSettings;
  private readonly stage: number | undefined;
  private readonly attributes: Attributes;
  private readonly spanName: string;
  private readonly peek = new TracePeek();
  private readonly reader = new MessageReader();

  /** @internal Made by {@link traceProducer}. */
  constructor(producer: Producer, options: ProducerTracingOptions) {
    checkStage(options.stage);
    this.producer = producer;
    this.settings = tracingSettings(options);
    this.stage = options.stage;
    this.attributes = sendAttributes(this.settings.conventions, producer.channel);
    this.spanName = `send ${producer.channel}`;
  }

  get channel(): string {
    return this.producer.channel;
  }

  /** As `Producer.write`; the span lasts as long as the call. */
  write(message: Uint8Array): number {
    if (!this.takes(message)) return this.producer.write(message);
    const sending = this.begin(message);
    try {
      return end(sending, this.producer.write(sending.message));
    } catch (error) {
      endFailed(sending.span, error);
      throw error;
    }
  }

  /** As `Producer.tryWrite`; a message that was not written has a span with an error. */
  tryWrite(message: Uint8Array): number {
    if (!this.takes(message)) return this.producer.tryWrite(message);
    const sending = this.begin(message);
    try {
      return end(sending, this.producer.tryWrite(sending.message));
    } catch (error) {
      endFailed(sending.span, error);
      throw error;
    }
  }

  /** As `Producer.writeAsync`; the span lasts until the message is written. */
  async writeAsync(message: Uint8Array, options?: AsyncWaitOptions): Promise<number> {
    if (!this.takes(message)) return this.producer.writeAsync(message, options);
    const sending = this.begin(message);
    try {
      return end(sending, await this.producer.writeAsync(sending.message, options));
    } catch (error) {
      endFailed(sending.span, error);
      throw error;
    }
  }

  /**
   * As `Producer.writeBatch`, with one span for all of them. Messages that carry a trace keep it, and the span has a link to
   * each, up to 128; the others carry the span.
   */
  writeBatch(messages: readonly Uint8Array[]): number {
    if (!this.takesBatch(messages)) return this.producer.writeBatch(messages);
    const read = messages.map((message) => this.read(message));
    const links = read.flatMap((each) => (each?.trace === undefined ? [] : [linkTo(each)])).slice(0, LINKS_MAX);
    const span = this.start(context.active(), { ...this.attributes, [ATTRIBUTE.batchCount]: messages.length }, links);
    try {
      const carrying = messages.map((message, i) =>
        read[i]?.trace === undefined ? this.carrying(message, read[i], span) : message,
      );
      const accepted = this.producer.writeBatch(carrying);
      span.setAttribute(ATTRIBUTE.batchCount, accepted);
      span.end();
      return accepted;
    } catch (error) {
      endFailed(span, error);
      throw error;
    }
  }

  close(): void {
    this.producer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private takes(message: Uint8Array): boolean {
    const active = activeSpanContext();
    return this.settings.sampler.takes(active?.traceFlags ?? this.flagsOf(message));
  }

  private takesBatch(messages: readonly Uint8Array[]): boolean {
    if (messages.length === 0) return false;
    const active = activeSpanContext();
    let flags: number = active?.traceFlags ?? NO_TRACE;
    if (active === undefined) for (const message of messages) flags = Math.max(flags, this.flagsOf(message));
    return this.settings.sampler.takes(flags);
  }

  private flagsOf(message: Uint8Array): number {
    return message instanceof Uint8Array ? this.peek.flags(message, 0, message.length) : NO_TRACE;
  }

  private begin(message: Uint8Array): Sending {
    const read = this.read(message);
    const active = activeSpanContext();
    const own = read?.trace && spanContextOf(read.trace.context);
    const parent = active === undefined && own !== undefined ? trace.setSpanContext(context.active(), own) : undefined;
    const links = read !== undefined && active !== undefined && own !== undefined && own.spanId !== active.spanId;
    const attributes = { ...this.attributes, [ATTRIBUTE.bodySize]: message?.length ?? 0 };
    const span = this.start(parent ?? context.active(), attributes, links ? [linkTo(read)] : []);
    const carrying = this.carrying(message, read, span);
    if (carrying === message) span.setAttribute(ATTRIBUTE.propagated, false);
    return { span, message: carrying };
  }

  private start(parent: ReturnType<typeof context.active>, attributes: Attributes, links: Link[]): Span {
    return this.settings.tracer.startSpan(this.spanName, { kind: SpanKind.PRODUCER, attributes, links }, parent);
  }

  private read(message: Uint8Array): ReadMessage | undefined {
    return message instanceof Uint8Array ? readMessage(this.reader, message, 0, message.length) : undefined;
  }

  /** The message with the span in it; as it is where there is no room, or none to carry. */
  private carrying(message: Uint8Array, read: ReadMessage | undefined, span: Span): Uint8Array {
    const spanContext = span.spanContext();
    if (read === undefined || !isSpanContextValid(spanContext)) return message;
    const nowNs = BigInt(this.settings.clock.nowMs()) * 1_000_000n;
    const hop = nextHop(spanContext.traceId, read, this.stage, nowNs);
    const carrying = withTraceIfPossible(message, hop, w3cContextOf(spanContext));
    return carrying !== undefined && carrying.length <= this.producer.messageSizeMax ? carrying : message;
  }
}

/** Undefined for a message that would be longer than any may be, and for ids of a tracer that W3C would refuse. */
function withTraceIfPossible(message: Uint8Array, hop: TraceHop, carried: W3cContext): Uint8Array | undefined {
  try {
    return withTrace(message, hop, carried);
  } catch (error) {
    if (ProtocolError.is(error)) return undefined;
    throw error;
  }
}

function linkTo({ trace: carried }: ReadMessage): Link {
  return { context: spanContextOf(carried!.context) };
}

function end({ span }: Sending, sequence: number): number {
  if (sequence >= 0) {
    span.setAttribute(ATTRIBUTE.messageId, String(sequence));
    span.end();
  } else {
    const refusal = REFUSALS.get(sequence) ?? 'CLOSED';
    endRefused(span, refusal, 'the message was not written');
  }
  return sequence;
}

/**
 * Gives messages of a producer spans (kind PRODUCER) of OpenTelemetry, and lets them carry these to their consumers: a
 * message that follows the protocol is copied with a TraceContext and a W3C context behind its TLVs, 65 bytes and the
 * tracestate. The parent is the span that is active, or the one that the message carries already.
 *
 * Other messages, and those that would be longer than the channel takes, are written as they are: their spans have
 * `alphapulse.trace.propagated` false. So are those that get no span.
 *
 * @example
 * const quotes = traceProducer(bus.producer('market_data'), { sampling: { oneIn: 1000 } });
 * quotes.write(builder.build());
 *
 * @throws BusError `ERR_INVALID_ARGUMENT`
 */
export function traceProducer(producer: Producer, options: ProducerTracingOptions = {}): TracedProducer {
  return new TracedProducer(producer, options);
}
