import type { Token } from './tokens.js';

/** One module that a source names, in whatever way. */
export interface Import {
  /** What stands in the quotes; undefined for a dynamic import that is computed. */
  readonly specifier: string | undefined;
  readonly line: number;
}

/**
 * Every module that a source file names: `import`, `import type`, `export ... from`, `import(...)` as a value or as a
 * type, and `require(...)`.
 */
export function importsOf(tokens: readonly Token[]): Import[] {
  const found: Import[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word' || tokens[index - 1]?.text === '.') continue;
    if (token.text === 'import') {
      found.push(...importAt(tokens, index));
    } else if (token.text === 'export') {
      const from = fromAfter(tokens, index);
      if (from !== undefined) found.push({ specifier: from.text, line: token.line });
    } else if (token.text === 'require' && tokens[index + 1]?.text === '(') {
      found.push({ specifier: literalArgument(tokens, index + 1), line: token.line });
    }
  }
  return found;
}

/** None for `import.meta` and for a property of that name. */
function importAt(tokens: readonly Token[], index: number): Import[] {
  const { line } = tokens[index] ?? { line: 0 };
  const next = tokens[index + 1];
  if (next?.kind === 'string') return [{ specifier: next.text, line }];
  if (next?.kind === 'mark' && next.text === '(') return [{ specifier: literalArgument(tokens, index + 1), line }];
  const from = fromAfter(tokens, index);
  return from === undefined ? [] : [{ specifier: from.text, line }];
}

/** The string of a call's only argument, `open` being its parenthesis; import attributes may follow. */
function literalArgument(tokens: readonly Token[], open: number): string | undefined {
  const argument = tokens[open + 1];
  const after = tokens[open + 2]?.text;
  return argument?.kind === 'string' && (after === ')' || after === ',') ? argument.text : undefined;
}

/** The string after `from`, when the statement that starts at `index` is a list of names or a star. */
function fromAfter(tokens: readonly Token[], index: number): Token | undefined {
  for (let i = index + 1; i < tokens.length; i++) {
    const token = tokens[i];
    const next = tokens[i + 1];
    if (token === undefined) return undefined;
    if (token.kind === 'word' && token.text === 'from' && next?.kind === 'string') return next;
    const isName = token.kind === 'word' || token.kind === 'string';
    if (!isName && !['{', '}', ',', '*'].includes(token.text)) return undefined;
  }
  return undefined;
}
