import { Cooldown, MovingAverage, type Direction, type Quote, type Signal } from './signal.js';

const REFERENCE_QUOTES = 50;
/** In spreads. */
const THRESHOLD = 0.6;
const COOLDOWN_QUOTES = 40;

/**
 * The spread signal: the micro-price, the mid weighted by the sizes on the other side, runs ahead of the price. When it
 * is far from its own average, measured in spreads, the strategy trades towards it.
 */
export class MicroPriceSignal implements Signal {
  confidence = 0;
  readonly #reference = new MovingAverage(REFERENCE_QUOTES);
  readonly #spread = new MovingAverage(REFERENCE_QUOTES);
  readonly #cooldown = new Cooldown(COOLDOWN_QUOTES);

  update({ bidPrice, bidSize, askPrice, askSize }: Quote): Direction {
    const sizes = bidSize + askSize;
    const microPrice = sizes === 0 ? (bidPrice + askPrice) / 2 : (bidPrice * askSize + askPrice * bidSize) / sizes;
    const spread = this.#spread.update(askPrice - bidPrice);
    const distance = (microPrice - this.#reference.update(microPrice)) / Math.max(spread, 1);
    let wanted: Direction = 0;
    if (distance > THRESHOLD) wanted = 1;
    else if (distance < -THRESHOLD) wanted = -1;
    const direction = this.#cooldown.filter(wanted);
    if (direction !== 0) this.confidence = Math.min(1, Math.abs(distance) / 2);
    return direction;
  }
}
