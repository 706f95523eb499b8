/*
 * Source text as words and marks, without comments. Enough of the grammar to tell code from text: a name inside a
 * string, a comment or a regular expression is no use of that name. (The compiler offers no programming interface in
 * its present version, and a regular expression over whole files is fooled by the first comment.)
 */

export type TokenKind = 'word' | 'string' | 'template' | 'number' | 'regex' | 'mark';

export interface Token {
  readonly kind: TokenKind;
  /** The word or mark; of a string, its content as written. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER =
  /(?:0[xXbBoO][\da-fA-F_]+n?|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]+)?n?|\.\d[\d_]*(?:[eE][+-]?[\d_]+)?)/y;
const STRING = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/y;
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const SPACE = /[\s\uFEFF]+/y;
const REGEX = /\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[^]|\$(?!\{))*/y;

/** After these words an expression begins, so that a slash opens a regular expression. */
const BEFORE_EXPRESSION = new Set(
  'return typeof instanceof in of new delete void throw case do else yield await extends'.split(' '),
);

/** Splits TypeScript source into tokens. Throws on what it cannot read, rather than skip it. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  /** Open braces: true for the `${` of a template. */
  const braces: boolean[] = [];
  let at = source.startsWith('#!') ? source.indexOf('\n') : 0;
  let line = 1;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    return text === '' ? undefined : text;
  };
  const skip = (text: string): void => {
    at += text.length;
    for (const char of text) if (char === '\n') line++;
  };
  const take = (kind: TokenKind, text: string, content = text): void => {
    tokens.push({ kind, text: content, line });
    skip(text);
  };
  /** The rest of a template after its opening backquote or the brace that closed an expression in it. */
  const takeTemplateText = (): void => {
    const text = match(TEMPLATE_TEXT);
    if (text !== undefined) take('template', text);
    if (source[at] === '`') return skip('`');
    if (!source.startsWith('${', at)) throw new Error(`line ${line}: a template that does not end`);
    take('mark', '${');
    braces.push(true);
  };

  while (at < source.length) {
    const blank = match(SPACE) ?? match(COMMENT);
    if (blank !== undefined) {
      skip(blank);
      continue;
    }
    const string = match(STRING);
    const number = match(NUMBER);
    const word = match(WORD);
    const regex = expressionFollows(tokens.at(-1)) ? match(REGEX) : undefined;
    if (string !== undefined) take('string', string, string.slice(1, -1));
    else if (number !== undefined) take('number', number);
    else if (word !== undefined) take('word', word);
    else if (regex !== undefined) take('regex', regex);
    else if (source[at] === '`') {
      skip('`');
      takeTemplateText();
    } else {
      const mark = source[at] ?? '';
      if (mark === "'" || mark === '"') throw new Error(`line ${line}: a string that does not end`);
      take('mark', mark);
      if (mark === '{') braces.push(false);
      else if (mark === '}' && braces.pop() === true) takeTemplateText();
    }
  }
  return tokens;
}

function expressionFollows(last: Token | undefined): boolean {
  if (last === undefined) return true;
  if (last.kind === 'word') return BEFORE_EXPRESSION.has(last.text);
  return last.kind === 'mark' && last.text !== ')' && last.text !== ']' && last.text !== '}';
}
