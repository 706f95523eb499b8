import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Quote, RelayDomain, StageFlag, TraceContext } from 'alphapulse-bus/protocol';
import type { QuoteBatch } from '../quotes/batch.js';
import { readQuotes } from '../quotes/csv.js';
import { generateQuotes } from '../quotes/generator.js';
import { busClock, type BusClock } from '../stage/bus-clock.js';
import { MessageComposer } from '../stage/message-composer.js';
import { Pacer, sleepUntilAborted } from '../stage/pacer.js';
import { serve, type Service, type Work } from '../stage/service.js';
import { sourceOf } from '../stage/sources.js';

const NAME = 'polygon_collector';
/** The one stock of the demo, its name as a number: "AAPL". */
const ASSET_ID = 0x4c504141n;
const NASDAQ = 1;
const PRICE_SCALE = 10_000;
/** Quotes between two looks at the clock, and turns of the event loop. */
const BURST = 128;

/** The beginning of the pipeline: takes quotes from the source, at the rate asked for, and writes them to the bus. */
function collect(service: Service, clock: BusClock): Work {
  const { input, seed, rate, durationMs } = service.settings;
  const output = service.output('market_data');
  const quotes = new QuoteMessages(clock, service.life);
  let taken = 0;
  service.facts = () => ({ quotes: taken });

  return async () => {
    const { signal } = service.stopped;
    const startMs = performance.now();
    const pacer = new Pacer(rate, startMs);
    const isOver = (): boolean => signal.aborted || (durationMs > 0 && performance.now() - startMs >= durationMs);
    const timeShare = (): number => (durationMs > 0 ? Math.min(1, (performance.now() - startMs) / durationMs) : 0);
    for await (const batch of input === undefined ? generateQuotes(seed + service.life) : readQuotes(input)) {
      for (let row = 0; row < batch.count; row++) {
        if (taken % BURST === 0 || !pacer.isDue(taken)) {
          service.progress = Math.max(batch.progress ?? 0, timeShare());
          await pause(pacer, taken, signal, durationMs === 0 ? Infinity : startMs + durationMs);
          if (isOver()) return;
        }
        output.send(quotes.compose(batch, row));
        taken++;
        if (output.hasBacklog) await output.drain();
      }
    }
    service.progress = 1;
  };
}

/** Waits until quote n is due, or the run is over; asleep, and at least one turn of the event loop. */
async function pause(pacer: Pacer, n: number, signal: AbortSignal, endMs: number): Promise<void> {
  await nextTurn();
  for (;;) {
    const nowMs = performance.now();
    pacer.advance(nowMs);
    if (pacer.isDue(n) || signal.aborted || nowMs >= endMs) return;
    await sleepUntilAborted(Math.min(pacer.msUntil(n, nowMs), endMs - nowMs), signal);
  }
}

/** Turns rows of the source into messages: the quote, and the first span of its trace. */
class QuoteMessages {
  readonly #composer: MessageComposer;
  readonly #clock: BusClock;
  readonly #quote = { ...Quote.zero(), assetId: ASSET_ID, venueId: NASDAQ };
  readonly #trace = { ...TraceContext.zero(), sourceService: sourceOf(NAME), stageFlags: StageFlag.Collected };
  readonly #traceIdView: DataView;
  #number = 0;

  constructor(clock: BusClock, life: number) {
    this.#composer = new MessageComposer(NAME, RelayDomain.MarketData, life);
    this.#clock = clock;
    // the first half of the trace id tells runs apart, the second one counts
    this.#trace.traceId = Uint8Array.from(randomBytes(8));
    this.#traceIdView = new DataView(this.#trace.traceId.buffer);
  }

  compose({ bidPrice, bidSize, askPrice, askSize }: QuoteBatch, row: number): Uint8Array {
    const nowNs = this.#clock();
    const quote = this.#quote;
    quote.bidPrice = (bidPrice[row] ?? 0) / PRICE_SCALE;
    quote.bidSize = bidSize[row] ?? 0;
    quote.askPrice = (askPrice[row] ?? 0) / PRICE_SCALE;
    quote.askSize = askSize[row] ?? 0;
    quote.quoteTimestampNs = nowNs;
    const trace = this.#trace;
    trace.startTimestampNs = nowNs;
    trace.currentTimestampNs = nowNs;
    this.#traceIdView.setUint32(4, this.#number++ >>> 0, true);
    this.#composer.begin(nowNs).addTlv(Quote, quote).addTlv(TraceContext, trace);
    return this.#composer.finish();
  }
}

await serve(NAME, async (service) => collect(service, await busClock(service.settings.directory)));
