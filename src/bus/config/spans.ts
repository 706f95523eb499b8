const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** What a span of time is, for error messages. */
export const SPAN_FORM = 'a time such as "24h", "90m", "30s" or "7d"';

/** A time in ms, or why there is none. */
export type ParsedSpan = { readonly ms: number } | { readonly hint: string | undefined };

/** Reads a span of time: a whole number with a unit, ms, s, m, h or d. */
export function parseSpan(value: unknown): ParsedSpan {
  if (typeof value === 'number') return { hint: `a time has a unit: "${value}s", for example` };
  if (typeof value !== 'string') return { hint: undefined };
  const match = /^(\d{1,15})\s*([a-z]*)$/i.exec(value.trim());
  if (match === null) return { hint: 'a whole number and a unit' };
  const [, count = '', unit = ''] = match;
  const scale = UNITS.get(unit);
  if (scale === undefined) return { hint: 'the units are ms, s, m, h and d' };
  const ms = Number(count) * scale;
  return Number.isSafeInteger(ms) ? { ms } : { hint: 'that is longer than anything lasts' };
}

/** The shortest exact spelling: 86400000 is "1d", 1500 is "1500ms". */
export function formatSpan(ms: number): string {
  let best = `${ms}ms`;
  if (ms === 0) return best;
  for (const [unit, scale] of UNITS) if (ms % scale === 0) best = `${ms / scale}${unit}`;
  return best;
}
