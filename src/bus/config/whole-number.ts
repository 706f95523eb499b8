import { describe } from './problems.js';
import type { Found, ReadContext } from './table-reader.js';
import type { WholeRule } from './rules.js';

/** What to say to one who wrote something else. */
export type WholeHint = (value: unknown, rule: WholeRule) => string | undefined;

/** A whole number within a range; what is not goes to the context's problems, and is as if it were left out. */
export function wholeNumber(
  found: Found | undefined,
  otherwise: number,
  rule: WholeRule,
  hint: WholeHint,
  { problems }: ReadContext,
): number {
  if (found === undefined) return otherwise;
  const { value, path } = found;
  const { least, most, unit } = rule;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  const expected = `whole ${unit} from ${least} to ${most}`;
  problems.add({ path, found: describe(value), expected, hint: hint(value, rule) });
  return otherwise;
}

/** What is usually wrong with a number. */
export function wholeHint(value: unknown, { least, most, unit }: WholeRule): string | undefined {
  if (typeof value !== 'number') return 'write a number, without a unit and without quotes';
  if (value > most) return `is it in ${unit}?`;
  if (value < least) return value < 0 ? 'it cannot be negative' : 'it cannot be 0';
  return `${unit} come whole`;
}
