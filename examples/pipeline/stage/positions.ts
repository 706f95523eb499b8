/** An order that was, or would be, carried out. Prices × 10,000 and whole shares, so that sums are exact. */
export interface Trade {
  readonly isBuy: boolean;
  readonly price: number;
  readonly quantity: number;
}

/** What trading has come to so far: shares held (negative: owed), and money earned (negative: spent). */
export class Position {
  shares = 0;
  cash = 0;

  /** What the position would be after the trade. */
  sharesAfter({ isBuy, quantity }: Trade): number {
    return isBuy ? this.shares + quantity : this.shares - quantity;
  }

  add(trade: Trade): void {
    const value = trade.price * trade.quantity;
    this.cash += trade.isBuy ? -value : value;
    this.shares = this.sharesAfter(trade);
  }

  /** Profit or loss if all were sold, or bought back, at that price. */
  valueAt(price: number): number {
    return this.cash + this.shares * price;
  }
}

/** Accepts trades as long as the position that they lead to is not larger than the limit, in shares, either way. */
export class PositionLimit {
  readonly position = new Position();
  accepted = 0;
  rejected = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True when the trade is within the limit; it is then part of the position. One that makes it no larger always is. */
  accepts(trade: Trade): boolean {
    const before = Math.abs(this.position.shares);
    const after = Math.abs(this.position.sharesAfter(trade));
    if (after > this.#limit && after > before) {
      this.rejected++;
      return false;
    }
    this.position.add(trade);
    this.accepted++;
    return true;
  }
}
