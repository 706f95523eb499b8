import type { KeyPath } from './locate.js';
import { describe, quote, type Problem, type Problems } from './problems.js';
import { spell, type Spelling, type TableRules } from './rules.js';
import { nearest } from './suggest.js';

/** A value with the path it was found at. */
export interface Found {
  readonly value: unknown;
  readonly path: KeyPath;
}

/** What all readers of one configuration share. */
export interface ReadContext {
  readonly problems: Problems;
  readonly spelling: Spelling;
  /** Where relative paths start. */
  readonly folder: string;
}

/**
 * One table of a configuration, read once: later changes of the object, getters and prototypes make no difference.
 * Keys are asked for by their name in the file, whatever the spelling of this configuration.
 */
export class TableReader {
  readonly path: KeyPath;
  readonly #context: ReadContext;
  readonly #values: ReadonlyMap<string, unknown>;

  private constructor(path: KeyPath, context: ReadContext, values: ReadonlyMap<string, unknown>) {
    this.path = path;
    this.#context = context;
    this.#values = values;
  }

  /** Reads a table, or reports that it is none and returns undefined. */
  static read(found: Found, context: ReadContext, expected: string): TableReader | undefined {
    const { value, path } = found;
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
      context.problems.add({ path, found: describe(value), expected });
      return undefined;
    }
    const values = new Map<string, unknown>();
    try {
      for (const [key, entry] of Object.entries(value)) if (entry !== undefined) values.set(key, entry);
    } catch (error) {
      const reason = error instanceof Error ? error.message : describe(error);
      context.problems.add({ path, found: 'an object that cannot be read', expected, hint: reason });
      return undefined;
    }
    return new TableReader(path, context, values);
  }

  /** Reports the keys that do not belong here. */
  checkKeys(rules: TableRules): void {
    const known = Object.keys(rules).map((key) => this.#spell(key));
    for (const key of this.#values.keys()) {
      if (!known.includes(key)) this.#context.problems.add({ path: [...this.path, key], ...unknownKey(key, known) });
    }
  }

  /** The value of a key, with its path, or undefined when it is absent. */
  find(key: string): Found | undefined {
    const spelled = this.#spell(key);
    if (!this.#values.has(spelled)) return undefined;
    return { value: this.#values.get(spelled), path: [...this.path, spelled] };
  }

  /** All keys with their values, for tables whose keys are names that the user chose. */
  *entries(): Generator<[string, Found]> {
    for (const [key, value] of this.#values) yield [key, { value, path: [...this.path, key] }];
  }

  get size(): number {
    return this.#values.size;
  }

  pathOf(key: string): KeyPath {
    return [...this.path, this.#spell(key)];
  }

  #spell(key: string): string {
    return spell(key, this.#context.spelling);
  }
}

function unknownKey(key: string, known: readonly string[]): Omit<Problem, 'path'> {
  const guess = nearest(key, known);
  return {
    found: `an unknown key ${quote(key)}`,
    expected: `one of ${known.join(', ')}`,
    hint: guess === undefined ? undefined : `did you mean ${guess}?`,
  };
}
