import type { MessageView } from '../../channel/index.js';
import { carriedTrace, MESSAGE_MAGIC, MessageReader, ProtocolError, type CarriedTrace } from '../../protocol/index.js';
import { hopOf, type Hop, type HopPlace } from './hop.js';
import { belongsTo } from './trace-target.js';

/** Looks at messages from anywhere, and keeps those of one trace: each once, and no more than a limit. */
export class TraceSearch {
  /** Messages that begin as the protocol's do, and are not whole. */
  damaged = 0;
  /** There is one more than the limit. */
  isFull = false;
  private readonly hops = new Map<string, Hop>();
  private readonly traceId: string;
  private readonly limit: number;
  private readonly reader = new MessageReader();

  constructor(traceId: string, limit: number) {
    this.traceId = traceId;
    this.limit = limit;
  }

  get found(): Iterable<Hop> {
    return this.hops.values();
  }

  get count(): number {
    return this.hops.size;
  }

  /** Looks at a message; answers it when it is one of the trace that was not found before. */
  look(message: MessageView, place: HopPlace, producer: () => string): Hop | undefined {
    const carried = this.read(message);
    if (carried === undefined || !belongsTo(this.traceId, carried)) return undefined;
    const key = `${place.channel}/${place.lifeNs}/${message.sequence}`;
    if (this.hops.has(key)) return undefined;
    if (this.hops.size >= this.limit) {
      this.isFull = true;
      return undefined;
    }
    const hop = hopOf(message, this.reader, carried, place, producer());
    this.hops.set(key, hop);
    return hop;
  }

  private read(message: MessageView): CarriedTrace | undefined {
    const read = readTrace(message, this.reader);
    if (read !== 'damaged') return read;
    this.damaged += 1;
    return undefined;
  }
}

/** The trace that a message carries; undefined also for what does not begin as a message of the protocol. */
export function readTrace(
  { buffer, view, offset, length }: MessageView,
  reader: MessageReader,
): CarriedTrace | 'damaged' | undefined {
  if (length < 4 || view.getUint32(offset, true) !== MESSAGE_MAGIC) return undefined;
  try {
    return carriedTrace(reader.wrap(buffer, offset, length));
  } catch (error) {
    if (error instanceof ProtocolError) return 'damaged';
    throw error;
  }
}
