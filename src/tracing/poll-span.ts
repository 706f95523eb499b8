import { context, trace, type Context, type Span } from '@opentelemetry/api';
import type { MessageView } from '../channel/index.js';
import { NO_TRACE, TraceFlag, type MessageReader, type TracePeek } from '../protocol/index.js';
import { ATTRIBUTE } from './conventions.js';
import { readMessage, spanContextOf } from './message-trace.js';
import type { TracingSettings } from './options.js';
import { endFailed } from './span-end.js';
import { LINKS_MAX } from './traced-producer.js';

type Handler = (message: MessageView) => void;

/** One span for all messages of a poll, which begins with the first one that is to be traced. */
export class PollSpan {
  private readonly settings: TracingSettings;
  private readonly peek: TracePeek;
  private readonly reader: MessageReader;
  private readonly start: (count: number, parent: Context) => Span;
  private span: Span | undefined;
  private inside: Context | undefined;
  private count = 0;
  private links = 0;

  constructor(
    settings: TracingSettings,
    peek: TracePeek,
    reader: MessageReader,
    start: (count: number, parent: Context) => Span,
  ) {
    this.settings = settings;
    this.peek = peek;
    this.reader = reader;
    this.start = start;
  }

  /** Polls, and ends the span. */
  run(handler: Handler, poll: (deliver: Handler) => number): number {
    try {
      const delivered = poll((message) => this.deliver(message, handler));
      this.span?.setAttribute(ATTRIBUTE.batchCount, delivered);
      this.span?.end();
      return delivered;
    } catch (error) {
      this.span?.setAttribute(ATTRIBUTE.batchCount, this.count);
      if (this.span !== undefined) endFailed(this.span, error);
      throw error;
    }
  }

  private deliver(message: MessageView, handler: Handler): void {
    this.count += 1;
    const flags = this.peek.flags(message.buffer, message.offset, message.length);
    if (this.span === undefined && this.isFirstToTrace(flags)) {
      this.span = this.start(this.count, context.active());
      this.inside = trace.setSpan(context.active(), this.span);
    }
    if (this.span === undefined || this.inside === undefined) return handler(message);
    if (flags !== NO_TRACE && this.links < LINKS_MAX) this.link(this.span, message);
    context.with(this.inside, handler, undefined, message);
  }

  /** Of messages without a trace only the first of a poll is asked about: it is polls of which one in so many is traced. */
  private isFirstToTrace(flags: number): boolean {
    const isSampled = flags !== NO_TRACE && (flags & TraceFlag.Sampled) !== 0;
    return (this.count === 1 || isSampled) && this.settings.sampler.takes(flags);
  }

  private link(span: Span, { buffer, offset, length, sequence }: MessageView): void {
    const found = readMessage(this.reader, buffer, offset, length)?.trace;
    if (found === undefined) return;
    this.links += 1;
    span.addLink({ context: spanContextOf(found.context), attributes: { [ATTRIBUTE.messageId]: String(sequence) } });
  }
}
