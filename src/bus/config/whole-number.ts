import { describe } from './problems.js';
import type { Found, ReadContext } from './table-reader.js';

/** A day, in ms: a longer time is a mistake in the unit. */
export const LONGEST_MS = 86_400_000;

/** What a number of a configuration may be. */
export interface WholeRange {
  readonly least: number;
  readonly most: number;
  /** What is counted, in the plural. */
  readonly unit: string;
  /** What to say to one who wrote something else. */
  readonly hint: (value: unknown, range: WholeRange) => string | undefined;
}

/** A whole number within a range; what is not goes to the context's problems, and is as if it were left out. */
export function wholeNumber(
  found: Found | undefined,
  otherwise: number,
  range: WholeRange,
  { problems }: ReadContext,
): number {
  if (found === undefined) return otherwise;
  const { value, path } = found;
  const { least, most, unit } = range;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  const hint = range.hint(value, range);
  problems.add({ path, found: describe(value), expected: `whole ${unit} from ${least} to ${most}`, hint });
  return otherwise;
}
