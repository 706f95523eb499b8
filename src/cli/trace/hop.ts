import type { MessageView } from '../../channel/index.js';
import { sourceTypeName, StageFlag, type CarriedTrace, type MessageReader } from '../../protocol/index.js';

/** Where a message stands. */
export interface HopPlace {
  readonly channel: string;
  /** When the segment was made that it was written to, ns since the epoch: sequences begin anew with it. */
  readonly lifeNs: bigint;
  readonly found: 'ring' | 'journal';
}

/** One message of a trace. */
export interface Hop extends HopPlace {
  readonly sequence: number;
  readonly producer: string;
  /** The service that its header names, or its number. */
  readonly source: string;
  /** When the producer called, and when it got its place in the ring: ns since the epoch, 0n without timestamps. */
  readonly sentNs: bigint;
  readonly receivedNs: bigint;
  /** When it was sent as far as it says itself: where the channel has no timestamps. */
  readonly timeNs: bigint;
  readonly traceId: string;
  /** The span of its producer; undefined when it carries a TraceContext only. */
  readonly spanId: string | undefined;
  readonly isSampled: boolean | undefined;
  /** How many messages came before it; undefined without a TraceContext. */
  readonly depth: number | undefined;
  readonly stages: readonly string[];
}

const STAGES = Object.entries(StageFlag).map(([name, flag]) => ({ name: name.toLowerCase(), flag }));

/** What there is to say of a message that carries a trace. `reader` stands at it. */
export function hopOf(
  message: MessageView,
  reader: MessageReader,
  { hop, context, isWhole }: CarriedTrace,
  place: HopPlace,
  producer: string,
): Hop {
  const { sequence, producerSentNs: sentNs, busReceivedNs: receivedNs } = message;
  const { source } = reader;
  const flags = hop?.stageFlags ?? 0;
  return {
    ...place,
    sequence,
    producer,
    source: sourceTypeName(source) ?? String(source),
    sentNs,
    receivedNs,
    timeNs: sentNs > 0n ? sentNs : (hop?.currentTimestampNs ?? reader.timestamp),
    traceId: context.traceId,
    spanId: isWhole ? context.spanId : undefined,
    isSampled: isWhole ? (context.flags & 1) !== 0 : undefined,
    depth: hop?.spanDepth,
    stages: STAGES.flatMap(({ name, flag }) => ((flags & flag) === 0 ? [] : [name])),
  };
}

/** In the order of time; of the same time, in that of the way. */
export function inOrder(hops: Iterable<Hop>): Hop[] {
  const depthOf = ({ depth = 0 }: Hop): number => depth;
  return [...hops].sort(
    (a, b) =>
      compare(a.timeNs, b.timeNs) ||
      depthOf(a) - depthOf(b) ||
      a.channel.localeCompare(b.channel) ||
      compare(a.lifeNs, b.lifeNs) ||
      a.sequence - b.sequence,
  );
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
