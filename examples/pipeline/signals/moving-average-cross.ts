import { MovingAverage, type Direction, type Quote, type Signal } from './signal.js';

const FAST_QUOTES = 20;
const SLOW_QUOTES = 100;

/** Momentum: buys when the fast average of the mid rises through the slow one, sells when it falls through it. */
export class MovingAverageCross implements Signal {
  confidence = 0;
  readonly #fast = new MovingAverage(FAST_QUOTES);
  readonly #slow = new MovingAverage(SLOW_QUOTES);
  #seen = 0;
  #above = false;

  update(quote: Quote): Direction {
    const mid = (quote.bidPrice + quote.askPrice) / 2;
    const fast = this.#fast.update(mid);
    const slow = this.#slow.update(mid);
    const above = fast > slow;
    const crossed = above !== this.#above;
    this.#above = above;
    // until the slow average has seen its span, a cross says nothing
    if (++this.#seen <= SLOW_QUOTES || !crossed) return 0;
    this.confidence = Math.min(1, 0.5 + Math.abs(mid - slow) / (quote.askPrice - quote.bidPrice + 1));
    return above ? 1 : -1;
  }
}
