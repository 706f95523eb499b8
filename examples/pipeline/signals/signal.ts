/** The best bid and ask, in plain numbers; one object is reused for every quote. */
export interface Quote {
  bidPrice: number;
  bidSize: number;
  askPrice: number;
  askSize: number;
}

/** What a strategy wants: 1 to buy, -1 to sell, 0 to wait. */
export type Direction = -1 | 0 | 1;

/** The computing half of a strategy: it sees every quote and now and then wants an order. It knows no bus. */
export interface Signal {
  update(quote: Quote): Direction;
  /** How sure it was the last time it wanted something, 0..1. */
  readonly confidence: number;
}

/** An exponential moving average over `span` values; starts at the first value. */
export class MovingAverage {
  value = Number.NaN;
  readonly #weight: number;

  constructor(span: number) {
    this.#weight = 2 / (span + 1);
  }

  update(value: number): number {
    if (Number.isNaN(this.value)) this.value = value;
    else this.value += this.#weight * (value - this.value);
    return this.value;
  }
}

/** Lets one order through, then none for the next `quotes` quotes. */
export class Cooldown {
  readonly #quotes: number;
  #left = 0;

  constructor(quotes: number) {
    this.#quotes = quotes;
  }

  /** Called once for each quote. */
  filter(direction: Direction): Direction {
    if (this.#left > 0) {
      this.#left--;
      return 0;
    }
    if (direction !== 0) this.#left = this.#quotes;
    return direction;
  }
}
