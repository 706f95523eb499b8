import type { Spread } from '../statistics/spread.js';

/** Three digits that count: 1.23, 12.3, 123, 1234. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(places);
}

/** The median, and in brackets from where to where the runs went; `unit` is what one is shown as. */
export function spreadText({ median, min, max }: Spread, unit = 1): string {
  return `${digits(median / unit)} (${digits(min / unit)}-${digits(max / unit)})`;
}

export function medianText(spread: Spread | undefined, unit = 1): string {
  return spread === undefined ? '-' : digits(spread.median / unit);
}
