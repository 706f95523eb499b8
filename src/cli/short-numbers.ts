const POWERS = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

const DURATIONS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'us'],
] as const;

/** Three digits of a number at most: 1234567 is `1.23M`; `-` for none. */
export function short(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '-';
  return scaled(value, POWERS) ?? String(Math.round(value));
}

/** Three digits of a duration at most: 1234567 ns is `1.23ms`; `-` for none. */
export function shortNs(ns: number | undefined): string {
  if (ns === undefined || Number.isNaN(ns)) return '-';
  return scaled(ns, DURATIONS) ?? `${Math.round(ns)}ns`;
}

function scaled(value: number, units: readonly (readonly [number, string])[]): string | undefined {
  // 999.9 of a unit is 1 of the next: never "1000"
  const unit = units.find(([size]) => Math.abs(value) >= size * 0.9995);
  return unit && `${Number((value / unit[0]).toPrecision(3))}${unit[1]}`;
}
