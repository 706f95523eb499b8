import { QuoteBatch, type QuoteSource } from './batch.js';

/** A cent, in prices × 10,000. */
const TICK = 100;
const OPENING_MID = 5_855_000;
const MEAN_SPREAD_TICKS = 15;

/**
 * An endless, seeded stream of quotes of one stock. It is not a market, but it has what strategies look at: a mid that
 * drifts in trends, volatility in bursts, a spread that wanders around its mean, and sizes that lean to one side
 * before the price moves to the other.
 */
export async function* generateQuotes(seed: number): QuoteSource {
  const random = seededRandom(seed);
  const batch = new QuoteBatch();
  let mid = OPENING_MID;
  let spreadTicks = MEAN_SPREAD_TICKS;
  let volatility = 1;
  let drift = 0;

  for (;;) {
    for (batch.count = 0; !batch.isFull; batch.count++) {
      // calm most of the time, with bursts that die away
      volatility = random() < 0.001 ? 12 : 1 + (volatility - 1) * 0.99;
      drift = drift * 0.998 + (random() - 0.5) * 0.02;
      const pressure = drift * 4 + (random() - 0.5);
      const moves = random() < 0.3;
      if (moves) mid += TICK * Math.round(volatility * (drift * 3 + bell(random) * 2));
      mid = Math.max(mid, TICK * 1000);

      const pull = (MEAN_SPREAD_TICKS * Math.sqrt(volatility) - spreadTicks) * 0.05;
      spreadTicks = Math.max(1, spreadTicks + pull + bell(random));
      const halfSpread = TICK * Math.ceil(spreadTicks / 2);
      batch.askPrice[batch.count] = mid + halfSpread;
      batch.bidPrice[batch.count] = mid - halfSpread;
      batch.askSize[batch.count] = lots(random, -pressure);
      batch.bidSize[batch.count] = lots(random, pressure);
    }
    yield batch;
  }
}

/** Roughly normal, mean 0, variance 1/3. */
function bell(random: () => number): number {
  return random() + random() + random() + random() - 2;
}

/** A size in lots of 100, larger under positive pressure. */
function lots(random: () => number, pressure: number): number {
  return 100 * Math.ceil(-Math.log(1 - random()) * 2 * Math.exp(pressure));
}

/** The "mulberry32" generator: the same seed gives the same quotes everywhere. */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
