/** 1234567 is 1.23M. */
export function short(value: number | undefined): string {
  if (value === undefined) return '–';
  for (const [unit, name] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (Math.abs(value) >= unit) return `${Number((value / unit).toPrecision(3))}${name}`;
  }
  return String(Number(value.toPrecision(3)));
}

/** Powers of 1024: 1.5MB. */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let left = value;
  while (left >= 1024 && units.length > 1) {
    left /= 1024;
    units.shift();
  }
  return `${Number(left.toPrecision(3))} ${units[0]}`;
}

/** 1500 is 1.5 µs. */
export function nanoseconds(value: number | null | undefined): string {
  if (value === undefined || value === null) return '–';
  if (value >= 1e9) return `${Number((value / 1e9).toPrecision(3))} s`;
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} ms`;
  if (value >= 1e3) return `${Number((value / 1e3).toPrecision(3))} µs`;
  return `${Math.round(value)} ns`;
}

export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(share < 0.1 ? 2 : 3))} %`;
}

/** The time of day here. */
export function timeOfDay(ms: number): string {
  return new Date(ms).toLocaleTimeString(undefined, { hour12: false });
}
