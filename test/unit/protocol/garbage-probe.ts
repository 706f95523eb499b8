import { getHeapStatistics } from 'node:v8';
import {
  differenceU64,
  Heartbeat,
  MessageReader,
  Quote,
  readFixed8,
  RelayDomain,
  SourceType,
  StageFlag,
  TlvMessageBuilder,
  TlvType,
  TraceContext,
} from '#src/protocol/index.js';

/**
 * Run as a process of its own with --expose-gc and a young generation too large to be collected meanwhile: then the
 * growth of the heap over many calls is what they allocated. Prints the bytes of each case over a million calls.
 */
const CALLS = 1_000_000;
const ROUNDS = 3;
/** Growth that is not the calls' own: the compiler's, and the measurement's. */
const ENOUGH = 65_536;

const buffer = new Uint8Array(4_096);
const builder = new TlvMessageBuilder(RelayDomain.MarketData, SourceType.PolygonCollector);
const fixedBuilder = new TlvMessageBuilder(RelayDomain.System, SourceType.PolygonCollector);
const reader = new MessageReader();
const nowNs = 1_700_000_000_000_000_000n;
const quote = {
  assetId: 17,
  bidPrice: 585.33,
  bidSize: 100.5,
  askPrice: 585.4,
  askSize: 200,
  quoteTimestampNs: nowNs,
  venueId: 7,
  assetType: 2,
};
const trace = {
  startTimestampNs: nowNs,
  currentTimestampNs: nowNs + 500n,
  sourceService: 4,
  spanDepth: 0,
  stageFlags: StageFlag.Collected,
  traceId: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
};
const blob = new Uint8Array(300);
const received = Heartbeat.zero();
/**
 * Not in the order of `received`: objects of one shape share the way V8 keeps a field, and with BigInts there every
 * number stored here would be boxed.
 */
const numbers = { service: 4, status: 1, timestampNs: 123_456_789_012 };
const kept: unknown[] = [undefined];

fixedBuilder.addTlv(TlvType.Quote, quote).addTlv(TlvType.TraceContext, trace).addTlv(200, blob);
const message = new TlvMessageBuilder(RelayDomain.System, SourceType.PolygonCollector)
  .addTlv(Quote, quote)
  .addTlv(TraceContext, trace)
  .addTlv(Heartbeat, numbers)
  .build();

const CASES: Readonly<Record<string, (i: number) => number>> = {
  /** Not a case: shows that the measurement sees garbage. */
  control(i) {
    kept[0] = { i };
    return 1;
  },
  buildIntoAgain(i) {
    quote.bidPrice = 585.33 + i * 0.01;
    return fixedBuilder.withSequence(i).buildInto(buffer, 64);
  },
  buildIntoAfterReset(i) {
    builder.reset().addTlv(TlvType.Quote, quote).addTlv(TraceContext, trace).addTlv(200, blob);
    return builder.withSequence(i).withTimestamp(nowNs).withFlags(1).buildInto(buffer, 128);
  },
  buildIntoFromNumbers(i) {
    numbers.timestampNs += 1_000;
    return builder
      .reset()
      .addTlv(Heartbeat, numbers)
      .withSequence(i)
      .withTimestampFrom(reader.view, 0)
      .buildInto(buffer, 0);
  },
  wrapAndNext() {
    reader.wrap(message);
    let bytes = reader.source;
    while (reader.next()) bytes += reader.valueLength;
    return bytes;
  },
  findAndReadFields() {
    if (!reader.find(TlvType.Quote)) return NaN;
    const spread = readFixed8(reader.view, reader.valueOffset + Quote.at.askPrice) > 0 ? 1 : 0;
    if (!reader.find(TlvType.TraceContext)) return NaN;
    const { view, valueOffset } = reader;
    const { startTimestampNs, currentTimestampNs } = TraceContext.at;
    return spread + differenceU64(view, valueOffset + currentTimestampNs, view, valueOffset + startTimestampNs);
  },
  headerAsNumbers() {
    return reader.sequenceNumber + (reader.timestampHigh > 0 ? 1 : 0) + reader.flags;
  },
};

/** Both ways of reading a value: numbers are free, each of a Heartbeat's 64-bit integers is one BigInt. */
function decodeIntoHeartbeat(): number {
  reader.find(TlvType.Heartbeat);
  return reader.decodeInto(Heartbeat, received).service;
}

function repeat(run: (i: number) => number, times: number): number {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += run(i);
  return sum;
}

function bytesOf(run: (i: number) => number): number {
  for (let i = 0; i < 4; i++) repeat(run, CALLS / 10);
  let least = Infinity;
  for (let round = 0; round < ROUNDS && least > ENOUGH; round++) {
    globalThis.gc?.();
    const before = getHeapStatistics().used_heap_size;
    if (!Number.isFinite(repeat(run, CALLS))) throw new Error('a case did not do its work');
    least = Math.min(least, getHeapStatistics().used_heap_size - before);
  }
  return least;
}

reader.wrap(message);
const grown = Object.entries({ ...CASES, decodeIntoHeartbeat }).map(([name, run]) => [name, bytesOf(run)]);
console.log(JSON.stringify(Object.fromEntries(grown)));
