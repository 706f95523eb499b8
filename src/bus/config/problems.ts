import { BusError } from '../../platform/bus-error.js';
import type { KeyPath, Locate } from './locate.js';

/** One broken rule of a configuration. */
export interface Problem {
  readonly path: KeyPath;
  /** What stands there, as text; undefined when the point is that nothing does. */
  readonly found?: string | undefined;
  readonly expected: string;
  readonly hint?: string | undefined;
}

const MOST_REPORTED = 20;

/** Collects all broken rules, so that one run shows them all, and throws them as one `ERR_CONFIG`. */
export class Problems {
  readonly #source: string;
  readonly #locate: () => Locate;
  readonly #origins: ReadonlyMap<string, string>;
  readonly #found: Problem[] = [];

  /**
   * @param locate makes the locator; called only when there is something to locate
   * @param origins texts as they were before variables were replaced, by their path
   */
  constructor(source: string, locate: () => Locate, origins: ReadonlyMap<string, string> = new Map()) {
    this.#source = source;
    this.#origins = origins;
    this.#locate = locate;
  }

  get count(): number {
    return this.#found.length;
  }

  add(problem: Problem): void {
    this.#found.push(problem);
  }

  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const locate = this.#locate();
    const lines = this.#found.slice(0, MOST_REPORTED).map((problem) => this.#format(problem, locate));
    if (this.#found.length > MOST_REPORTED) lines.push(`... and ${this.#found.length - MOST_REPORTED} more`);
    throw new BusError('ERR_CONFIG', lines.join('\n'));
  }

  #format(problem: Problem, locate: Locate): string {
    const position = locate(problem.path);
    const place = position === undefined ? this.#source : `${this.#source}:${position.line}:${position.column}`;
    const path = formatPath(problem.path);
    const key = path === '' ? '' : `${path}: `;
    const origin = this.#origins.get(path);
    const from = origin === undefined ? '' : ` (from ${quote(origin)})`;
    const found = problem.found === undefined ? '' : `found ${problem.found}${from}, `;
    const hint = problem.hint === undefined ? '' : `; ${problem.hint}`;
    return `${place}: ${key}${found}expected ${problem.expected}${hint}`;
  }
}

/** `channels.market_data.consumers[1]`; parts that are no bare keys stand in quotes. */
export function formatPath(path: KeyPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${text === '' ? '' : '.'}${/^[A-Za-z0-9_-]+$/.test(part) ? part : quote(part)}`;
  }
  return text;
}

const LONGEST_QUOTE = 80;

/** Text in quotes, cut when it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}...`);
}

/** A value as a message names it. Never throws, whatever the value. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return 'a bigint';
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (value instanceof Date) return 'a date';
  return typeof value === 'object' ? 'a table' : `a ${typeof value}`;
}
