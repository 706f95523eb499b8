import { Side, type OrderRequest } from 'alphapulse-bus/protocol';
import type { Trade } from './positions.js';

const PRICE_SCALE = 10_000;

/** An order as the positions count it. */
export function tradeOf({ side, price, quantity }: OrderRequest): Trade {
  return { isBuy: side === Side.Buy, price: Math.round(price * PRICE_SCALE), quantity };
}

/** A sum of prices × shares, or a price, as people write it. */
export function formatMoney(value: number): string {
  return (value / PRICE_SCALE).toFixed(2);
}
