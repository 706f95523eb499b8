/*
 * What a key of the config file may be, as data. The reader, the schema for editors and the reference page are all made
 * from these rules, so that none of them can say something else than the others.
 */

/** What a value may be; `otherwise` is what counts when the key is left out. */
export type ValueRule =
  | { readonly kind: 'text'; readonly form: string; readonly otherwise?: string }
  | { readonly kind: 'flag'; readonly otherwise: boolean }
  | { readonly kind: 'choice'; readonly of: readonly string[]; readonly otherwise?: string }
  | WholeRule
  | { readonly kind: 'share'; readonly otherwise: number }
  | SizeRule
  | SpanRule
  | { readonly kind: 'service' }
  | { readonly kind: 'services' }
  | { readonly kind: 'texts'; readonly form: string; readonly least: number }
  | { readonly kind: 'variables' }
  | { readonly kind: 'gating' }
  | { readonly kind: 'table'; readonly keys: TableRules }
  /** A table for each name that the user chose. */
  | { readonly kind: 'tables'; readonly of: string; readonly keys: TableRules }
  | { readonly kind: 'either'; readonly of: readonly ValueRule[] };

/** A whole number, `least` to `most`. */
export interface WholeRule {
  readonly kind: 'whole';
  /** What is counted, in the plural. */
  readonly unit: string;
  readonly least: number;
  readonly most: number;
  readonly otherwise?: number;
}

/** Bytes, as a number or as text with a unit. */
export interface SizeRule {
  readonly kind: 'size';
  readonly least: number;
  readonly most: number;
  readonly otherwise?: string;
  readonly isPowerOfTwo?: true;
}

/** A time, as text with a unit, such as "24h". */
export interface SpanRule {
  readonly kind: 'span';
  readonly leastMs: number;
  readonly mostMs: number;
  readonly otherwise?: string;
}

export interface KeyRule {
  readonly description: string;
  readonly value: ValueRule;
  readonly isRequired?: true;
}

export type TableRules = Readonly<Record<string, KeyRule>>;

/** How a configuration spells its keys: files in snake_case, objects in camelCase. */
export type Spelling = 'snake' | 'camel';

/** `buffer_size` as this configuration spells it: `buffer_size` or `bufferSize`. */
export function spell(key: string, spelling: Spelling): string {
  if (spelling === 'snake') return key;
  return key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
