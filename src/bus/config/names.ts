import { NAME_BYTES } from '../../layout/schema.js';
import { describe, quote } from './problems.js';
import type { KeyPath } from './locate.js';
import type { Found, ReadContext } from './table-reader.js';

const NAME_FORM = `a name of up to ${NAME_BYTES - 1} characters: a-z, 0-9, "_", and after the first also "." and "-"`;

/** Names of channels and services become names of files and of slots, so they are kept plain. */
export function checkName(name: string, path: KeyPath, { problems }: ReadContext): boolean {
  const plain = /^[a-z0-9_][a-z0-9_.-]*$/.test(name) && !name.includes('..') && name.length < NAME_BYTES;
  if (plain) return true;
  let hint: string | undefined;
  if (name.includes('..')) hint = 'two dots in a row are not allowed';
  else if (/[A-Z]/.test(name)) hint = 'upper-case letters are not allowed';
  else if (name.length >= NAME_BYTES) hint = `it has ${name.length} characters`;
  problems.add({ path, found: quote(name), expected: NAME_FORM, hint });
  return false;
}

/** A list of `least` to `most` names of services, each once. */
export function resolveNames({ value, path }: Found, least: number, most: number, hint: string, context: ReadContext) {
  const { problems } = context;
  const expected = 'a list of names of services';
  if (!Array.isArray(value)) {
    problems.add({ path, found: describe(value), expected, hint: typeof value === 'string' ? hint : undefined });
    return [];
  }
  if (value.length < least || value.length > most) {
    problems.add({ path, found: describe(value), expected: `a list of ${least} to ${most} names of services` });
    return [];
  }
  const names: string[] = [];
  for (const [index, entry] of Array.from<unknown>(value).entries()) {
    const entryPath = [...path, index];
    if (typeof entry !== 'string') {
      problems.add({ path: entryPath, found: describe(entry), expected: 'the name of a service' });
    } else if (names.includes(entry)) {
      problems.add({ path: entryPath, found: `${quote(entry)} twice`, expected: 'each service once' });
    } else if (checkName(entry, entryPath, context)) {
      names.push(entry);
    }
  }
  return names;
}
