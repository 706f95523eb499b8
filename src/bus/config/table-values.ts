import { describe } from './problems.js';
import type { TableRules, ValueRule } from './rules.js';
import { formatSize, isPowerOfTwo, nearestPowers, parseSize, SIZE_FORM } from './sizes.js';
import { formatSpan, parseSpan, SPAN_FORM } from './spans.js';
import { nearest } from './suggest.js';
import type { Found, ReadContext, TableReader } from './table-reader.js';
import { wholeHint, wholeNumber, type WholeHint } from './whole-number.js';

/** The values of one table, each read by its rule; what breaks a rule goes to the context's problems. */
export class TableValues<Rules extends TableRules> {
  readonly #table: TableReader;
  readonly #rules: Rules;
  readonly #context: ReadContext;

  constructor(table: TableReader, rules: Rules, context: ReadContext) {
    this.#table = table;
    this.#rules = rules;
    this.#context = context;
    table.checkKeys(rules);
  }

  has(key: keyof Rules & string): boolean {
    return this.#table.find(key) !== undefined;
  }

  whole(key: keyof Rules & string, hint: WholeHint = wholeHint): number {
    const rule = this.#rule(key, 'whole');
    return wholeNumber(this.#table.find(key), rule.otherwise ?? 0, rule, hint, this.#context);
  }

  flag(key: keyof Rules & string): boolean {
    const { otherwise } = this.#rule(key, 'flag');
    const found = this.#table.find(key);
    if (found === undefined || typeof found.value === 'boolean') return (found?.value as boolean) ?? otherwise;
    const hint = found.value === 'true' || found.value === 'false' ? 'without quotes' : undefined;
    this.#refuse(found, 'true or false', hint);
    return otherwise;
  }

  /** One of the words of its rule; undefined when it is wrong, or left out without a default. */
  choice(key: keyof Rules & string): string | undefined {
    const { of, otherwise } = this.#rule(key, 'choice');
    const found = this.#table.find(key);
    if (found === undefined) {
      const expected = `one of ${of.join(', ')}`;
      if (otherwise === undefined)
        this.#context.problems.add({ path: this.#table.pathOf(key), found: 'nothing', expected });
      return otherwise;
    }
    const { value } = found;
    const word = of.find((candidate) => candidate === value);
    if (word !== undefined) return word;
    const guess = typeof value === 'string' ? nearest(value, of) : undefined;
    this.#refuse(found, `one of ${of.join(', ')}`, guess === undefined ? undefined : `did you mean "${guess}"?`);
    return undefined;
  }

  /** A share of the ring: above 0, and 1 at most. */
  share(key: keyof Rules & string, otherwise: number = this.#rule(key, 'share').otherwise): number {
    const found = this.#table.find(key);
    if (found === undefined) return otherwise;
    const { value } = found;
    if (typeof value === 'number' && value > 0 && value <= 1) return value;
    const hint = typeof value === 'number' && value > 1 && value <= 100 ? `${value}% is ${value / 100}` : undefined;
    this.#refuse(found, 'a share of the ring, above 0 and up to 1', hint);
    return otherwise;
  }

  /** Bytes; undefined when there are none. */
  size(key: keyof Rules & string): number | undefined {
    const rule = this.#rule(key, 'size');
    const { least, most } = rule;
    const found = this.#table.find(key);
    const otherwise = parseSize(rule.otherwise);
    if (found === undefined) return 'bytes' in otherwise ? otherwise.bytes : undefined;
    const size = parseSize(found.value);
    if (!('bytes' in size)) {
      this.#refuse(found, SIZE_FORM, size.hint);
      return undefined;
    }
    const { bytes } = size;
    if (bytes >= least && bytes <= most && (rule.isPowerOfTwo !== true || isPowerOfTwo(bytes))) return bytes;
    const range = `from ${formatSize(least)} to ${formatSize(most)}`;
    if (rule.isPowerOfTwo !== true) {
      this.#refuse(found, `a size ${range}`, undefined);
      return undefined;
    }
    const powers = nearestPowers(bytes, least, most).map(formatSize);
    const hint = powers.length === 1 ? `the nearest is ${powers[0]}` : `the nearest are ${powers.join(' and ')}`;
    this.#refuse(found, `a power of two ${range}`, hint);
    return undefined;
  }

  /** A span of time in ms; Infinity when it is left out without a default. */
  spanMs(key: keyof Rules & string): number {
    const { leastMs, mostMs, otherwise } = this.#rule(key, 'span');
    const found = this.#table.find(key);
    const span = parseSpan(found === undefined ? otherwise : found.value);
    if (found === undefined) return 'ms' in span ? span.ms : Infinity;
    if (!('ms' in span)) this.#refuse(found, SPAN_FORM, span.hint);
    else if (span.ms >= leastMs && span.ms <= mostMs) return span.ms;
    else this.#refuse(found, `a time from ${formatSpan(leastMs)} to ${formatSpan(mostMs)}`, undefined);
    return Infinity;
  }

  /** Text that is not empty. */
  text(key: keyof Rules & string): string | undefined {
    const { form, otherwise } = this.#rule(key, 'text');
    const found = this.#table.find(key);
    if (found === undefined) return otherwise;
    const { value } = found;
    if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
    this.#refuse(found, form, undefined);
    return otherwise;
  }

  /** Refuses keys that mean nothing here: a setting that is silently ignored is worse than an error. */
  refuseIdle(keys: readonly (keyof Rules & string)[], why: string): void {
    for (const key of keys) {
      const found = this.#table.find(key);
      if (found !== undefined) this.#refuse(found, 'it to be left out', why);
    }
  }

  #refuse({ value, path }: Found, expected: string, hint: string | undefined): void {
    this.#context.problems.add({ path, found: describe(value), expected, hint });
  }

  #rule<Kind extends ValueRule['kind']>(key: string, kind: Kind): Extract<ValueRule, { kind: Kind }> {
    const value = this.#rules[key]?.value;
    if (value?.kind !== kind) throw new TypeError(`the key ${key} has no rule of the kind ${kind}`);
    return value as Extract<ValueRule, { kind: Kind }>;
  }
}
