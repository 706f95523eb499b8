import {
  context,
  createContextKey,
  createTraceState,
  isSpanContextValid,
  trace,
  type Context,
  type SpanContext,
} from '@opentelemetry/api';
import {
  carriedTrace,
  isMessage,
  parseTracestate,
  ProtocolError,
  StageFlag,
  type CarriedTrace,
  type MessageReader,
  type TraceHop,
  type W3cContext,
} from '../protocol/index.js';

/** Where a handler's context keeps what the message that it handles says of its way. */
const HOP = createContextKey('alphapulse-bus hop');
const DEPTH_MAX = 255;

/** What a message says of its way, and in which trace. */
interface KnownHop {
  readonly traceId: string;
  readonly hop: TraceHop;
}

/** A message that follows the protocol, and the trace that it carries. */
export interface ReadMessage {
  /** Its SourceType. */
  readonly source: number;
  readonly trace: CarriedTrace | undefined;
}

/** Reads a message in full; undefined for bytes that are none, or damaged. */
export function readMessage(
  reader: MessageReader,
  buffer: Uint8Array,
  offset: number,
  length: number,
): ReadMessage | undefined {
  if (!isMessage(buffer, offset, length)) return undefined;
  try {
    reader.wrap(buffer, offset, length);
    return { source: reader.source, trace: carriedTrace(reader) };
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** The span that is active, if it belongs to a trace. */
export function activeSpanContext(): SpanContext | undefined {
  const found = trace.getSpanContext(context.active());
  return found !== undefined && isSpanContextValid(found) ? found : undefined;
}

/** The span of a message's producer. */
export function spanContextOf({ traceId, spanId, flags, tracestate }: W3cContext): SpanContext {
  const state = tracestate === '' ? {} : { traceState: createTraceState(tracestate) };
  return { traceId, spanId, traceFlags: flags, isRemote: true, ...state };
}

/** What a message is to carry of a span. A tracestate that W3C would refuse is left out. */
export function w3cContextOf({ traceId, spanId, traceFlags, traceState }: SpanContext): W3cContext {
  const tracestate = traceState?.serialize() ?? '';
  return { traceId, spanId, flags: traceFlags & 255, tracestate: isTracestate(tracestate) ? tracestate : '' };
}

function isTracestate(text: string): boolean {
  try {
    parseTracestate(text);
    return true;
  } catch {
    return false;
  }
}

/** A context in which the handler of a message writes messages that continue its way. */
export function rememberHop(within: Context, { hop, context: { traceId } }: CarriedTrace): Context {
  return hop === undefined ? within : within.setValue(HOP, { traceId, hop } satisfies KnownHop);
}

/**
 * What a message is to say of its way: one further than the message that it comes from, which its handler's context knows or
 * which it is itself; or the beginning.
 */
export function nextHop(traceId: string, message: ReadMessage, stage: number | undefined, nowNs: bigint): TraceHop {
  const known = context.active().getValue(HOP) as KnownHop | undefined;
  const own = message.trace;
  const before = known?.traceId === traceId ? known.hop : own?.context.traceId === traceId ? own.hop : undefined;
  if (before === undefined) {
    return {
      startTimestampNs: nowNs,
      currentTimestampNs: nowNs,
      sourceService: message.source,
      spanDepth: 0,
      stageFlags: stage ?? StageFlag.Collected,
    };
  }
  return {
    startTimestampNs: before.startTimestampNs,
    currentTimestampNs: nowNs,
    sourceService: message.source,
    spanDepth: Math.min(before.spanDepth + 1, DEPTH_MAX),
    stageFlags: before.stageFlags | (stage ?? StageFlag.Processed),
  };
}
