import { Cooldown, MovingAverage, type Direction, type Quote, type Signal } from './signal.js';

const REFERENCE_QUOTES = 500;
/** In usual moves. */
const THRESHOLD = 8;
const COOLDOWN_QUOTES = 20;

/**
 * The flash signal: from one quote to the next the mid jumped many times further than it usually moves. Others are
 * still quoting the old price; whoever is first follows the jump, which is why this order has a channel of its own.
 */
export class PriceJump implements Signal {
  confidence = 0;
  readonly #usualMove = new MovingAverage(REFERENCE_QUOTES);
  readonly #cooldown = new Cooldown(COOLDOWN_QUOTES);
  #lastMid = Number.NaN;
  #seen = 0;

  update(quote: Quote): Direction {
    const mid = (quote.bidPrice + quote.askPrice) / 2;
    const move = Number.isNaN(this.#lastMid) ? 0 : mid - this.#lastMid;
    this.#lastMid = mid;
    const usual = this.#usualMove.value;
    this.#usualMove.update(Math.abs(move));
    let wanted: Direction = 0;
    if (++this.#seen > REFERENCE_QUOTES && Math.abs(move) > THRESHOLD * usual) wanted = move > 0 ? 1 : -1;
    const direction = this.#cooldown.filter(wanted);
    if (direction !== 0) this.confidence = Math.min(1, Math.abs(move) / (THRESHOLD * 4 * Math.max(usual, 1)));
    return direction;
  }
}
