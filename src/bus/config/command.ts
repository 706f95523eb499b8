import { describe } from './problems.js';
import type { Found, ReadContext } from './table-reader.js';

/** A program and its arguments, each a text of its own; what is wrong with them goes to the problems. */
export function resolveCommand({ value, path }: Found, expected: string, { problems }: ReadContext): string[] {
  if (!Array.isArray(value) || value.length === 0) {
    const hint = typeof value === 'string' ? 'there is no shell: each argument is a text of its own' : undefined;
    problems.add({ path, found: describe(value), expected, hint });
    return [];
  }
  const words = Array.from<unknown>(value);
  for (const [index, word] of words.entries()) {
    if (typeof word === 'string' && !word.includes('\0') && (index > 0 || word !== '')) continue;
    problems.add({ path: [...path, index], found: describe(word), expected: 'text' });
  }
  return words.filter((word) => typeof word === 'string');
}
