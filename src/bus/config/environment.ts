import { formatPath, type Problems } from './problems.js';
import type { KeyPath } from './locate.js';

/** Where variables come from: the process's own, but for tests. */
export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$(?:\$|\{([^}]*)\}|(?=\{))/g;
const NAME = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * A configuration with the variables in its texts replaced: `${NAME}`, or `${NAME:-default}` for one that is not set or
 * empty; `$$` is a dollar. Keys are left alone. What a text was before is noted, by its path, so that messages can say it.
 */
export function expandVariables(
  value: unknown,
  environment: Environment,
  problems: Problems,
  origins: Map<string, string>,
  path: KeyPath = [],
): unknown {
  if (typeof value === 'string') {
    if (!value.includes('$')) return value;
    const expanded = expandText(value, path, environment, problems);
    if (expanded !== value) origins.set(formatPath(path), value);
    return expanded;
  }
  if (Array.isArray(value))
    return value.map((entry, index) => expandVariables(entry, environment, problems, origins, [...path, index]));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const table = Object.create(null) as Record<string, unknown>;
  for (const [key, entry] of Object.entries(value))
    table[key] = expandVariables(entry, environment, problems, origins, [...path, key]);
  return table;
}

function expandText(text: string, path: KeyPath, environment: Environment, problems: Problems): string {
  return text.replace(REFERENCE, (whole: string, reference: string | undefined) => {
    if (whole === '$$') return '$';
    const match = NAME.exec(reference ?? '');
    if (match === null) {
      const expected = 'a variable as ${NAME} or ${NAME:-default}';
      problems.add({ path, found: JSON.stringify(text), expected, hint: 'a dollar by itself is $$' });
      return whole;
    }
    const [, name = '', otherwise] = match;
    const value = environment[name];
    if (value !== undefined && (value !== '' || otherwise === undefined)) return value;
    if (otherwise !== undefined) return otherwise;
    problems.add({
      path,
      found: `the variable ${name}, which is not set`,
      expected: 'it to be set where this process is started',
      hint: `or a default: \${${name}:-...}`,
    });
    return whole;
  });
}
