const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['B', 1n],
  ['KB', 1024n],
  ['MB', 1024n ** 2n],
  ['GB', 1024n ** 3n],
  ['TB', 1024n ** 4n],
]);

/** What a size is, for error messages. */
export const SIZE_FORM = 'a size such as "16MB", "8KB" or "64B", or a whole number of bytes';

/** A size in bytes, or why there is none. */
export type ParsedSize = { readonly bytes: number } | { readonly hint: string | undefined };

/**
 * Reads a size: a whole number of bytes, or text with a unit (powers of 1024, upper or lower case). A fraction is
 * accepted only when it gives whole bytes: "1.5KB" is 1536.
 */
export function parseSize(value: unknown): ParsedSize {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && value >= 0) return { bytes: value };
    return { hint: value < 0 ? 'a size cannot be negative' : 'bytes come whole' };
  }
  if (typeof value !== 'string') return { hint: undefined };

  const match = /^(\d{1,20})(?:\.(\d{1,20}))?\s*([a-z]*)$/i.exec(value.trim());
  if (match === null) return { hint: undefined };
  const [, whole = '', fraction = '', unitText = ''] = match;
  const unit = UNITS.get(unitText === '' ? 'B' : unitText.toUpperCase());
  if (unit === undefined) return { hint: unitHint(unitText) };

  const scaled = BigInt(whole + fraction) * unit;
  const divisor = 10n ** BigInt(fraction.length);
  if (scaled % divisor !== 0n) return { hint: 'that is not a whole number of bytes' };
  const bytes = Number(scaled / divisor);
  return Number.isSafeInteger(bytes) ? { bytes } : { hint: 'that is more than any machine has' };
}

function unitHint(unit: string): string {
  if (/^[kmgt]ib$/i.test(unit)) return `write ${unit.charAt(0).toUpperCase()}B: units are powers of 1024 already`;
  return 'the units are B, KB, MB, GB and TB';
}

/** The shortest exact spelling: 65536 is "64KB", 100 is "100B". */
export function formatSize(bytes: number): string {
  let best = `${bytes}B`;
  if (bytes === 0) return best;
  for (const [name, unit] of UNITS) {
    if (bytes % Number(unit) === 0) best = `${bytes / Number(unit)}${name}`;
  }
  return best;
}

export function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value)) && 2 ** Math.log2(value) === value;
}

/** The powers of two around `bytes` that lie within the limits: one or two of them, ascending. */
export function nearestPowers(bytes: number, least: number, most: number): readonly number[] {
  if (bytes <= least) return [least];
  if (bytes >= most) return [most];
  const below = 2 ** Math.floor(Math.log2(bytes));
  return [below, below * 2];
}
