/*
 * Where a key stands in a TOML text. The parser gives positions for syntax errors only; an error of meaning ("this
 * size is no power of two") deserves one too. This scanner runs after the parser has accepted the text, so it may take
 * the syntax for granted: it only follows keys, strings and brackets, and interprets no value.
 */

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
}

/** Keys from the root to a value; numbers are places in lists. */
export type KeyPath = readonly (string | number)[];

/** Finds the position of a key, or of the nearest table around it that the text mentions. */
export type Locate = (path: KeyPath) => Position | undefined;

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\u001b',
  '"': '"',
  '\\': '\\',
};

/** Reads the positions of all keys of a valid TOML text. */
export function locateKeys(toml: string): Locate {
  const offsets = new KeyScanner(toml).scan();
  const lineStarts = [0];
  for (let at = toml.indexOf('\n'); at !== -1; at = toml.indexOf('\n', at + 1)) lineStarts.push(at + 1);

  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(pathKey(path.slice(0, length)));
      if (offset === undefined) continue;
      const line = lineStarts.findLastIndex((start) => start <= offset);
      return { line: line + 1, column: offset - (lineStarts[line] ?? 0) + 1 };
    }
    return undefined;
  };
}

function pathKey(path: KeyPath): string {
  return JSON.stringify(path);
}

interface Segment {
  readonly name: string;
  readonly offset: number;
}

class KeyScanner {
  readonly #text: string;
  #at = 0;
  readonly #offsets = new Map<string, number>();
  /** Arrays of tables: how many `[[path]]` headers there were. */
  readonly #tableCounts = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith('\ufeff')) this.#at = 1;
  }

  scan(): ReadonlyMap<string, number> {
    let table: KeyPath = [];
    for (this.#skipBlank(); this.#at < this.#text.length; this.#skipBlank()) {
      if (this.#peek() === '[') table = this.#header();
      else this.#pair(table);
    }
    return this.#offsets;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  /** Spaces, line ends and comments. */
  #skipBlank(): void {
    for (;;) {
      const char = this.#peek();
      if (char === '#') this.#skipTo(/\n|$/g);
      else if (char === ' ' || char === '\t' || char === '\r' || char === '\n') this.#at++;
      else return;
    }
  }

  /** Moves to the next match of a global pattern, or to the end. */
  #skipTo(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    this.#at = match === null ? this.#text.length : match.index;
  }

  /** `[a.b]` or `[[a.b]]`; returns the path that the keys below it belong to. */
  #header(): KeyPath {
    const brackets = this.#text.startsWith('[[', this.#at) ? 2 : 1;
    this.#at += brackets;
    const segments = this.#key();
    this.#at += brackets;

    let path: KeyPath = [];
    segments.forEach((segment, index) => {
      path = [...path, segment.name];
      this.#note(path, segment.offset);
      const key = pathKey(path);
      const opensTable = brackets === 2 && index === segments.length - 1;
      const count = (this.#tableCounts.get(key) ?? 0) + (opensTable ? 1 : 0);
      if (count === 0) return;
      this.#tableCounts.set(key, count);
      path = [...path, count - 1];
      this.#note(path, segment.offset);
    });
    return path;
  }

  /** `a.b = value`, in a table or in an inline table. */
  #pair(table: KeyPath): void {
    const path = [...table];
    for (const segment of this.#key()) {
      path.push(segment.name);
      this.#note(path, segment.offset);
    }
    this.#at++; // the equals sign
    this.#value(path);
  }

  /** The first mention of a key is the one that counts. */
  #note(path: KeyPath, offset: number): void {
    const key = pathKey(path);
    if (!this.#offsets.has(key)) this.#offsets.set(key, offset);
  }

  /** A dotted key; stops at the `=` or `]` after it. */
  #key(): Segment[] {
    const segments: Segment[] = [];
    for (;;) {
      this.#skipBlank();
      const offset = this.#at;
      segments.push({ name: this.#keyPart(), offset });
      this.#skipBlank();
      if (this.#peek() !== '.') return segments;
      this.#at++;
    }
  }

  #keyPart(): string {
    const start = this.#at;
    const quote = this.#peek();
    if (quote !== '"' && quote !== "'") {
      this.#skipTo(/[\s.=\]#]/g);
      return this.#text.slice(start, this.#at);
    }
    this.#string();
    const inner = this.#text.slice(start + 1, this.#at - 1);
    return quote === "'" ? inner : unescapeText(inner);
  }

  #value(path: KeyPath): void {
    this.#skipBlank();
    const char = this.#peek();
    if (char === '"' || char === "'") this.#string();
    else if (char === '[') this.#list(path);
    else if (char === '{') this.#inlineTable(path);
    else this.#skipTo(/[,\]}#\r\n]/g);
  }

  /** A string of any of the four kinds. */
  #string(): void {
    const quote = this.#peek();
    const fence = this.#text.startsWith(quote.repeat(3), this.#at) ? quote.repeat(3) : quote;
    this.#at += fence.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(fence, this.#at)) {
      this.#at += quote === '"' && this.#peek() === '\\' ? 2 : 1;
    }
    this.#at += fence.length;
    // """a""""" ends with two quotes that are still text
    if (fence.length === 3) while (this.#peek() === quote) this.#at++;
  }

  #list(path: KeyPath): void {
    this.#at++;
    for (let index = 0; ; index++) {
      this.#skipSeparators();
      if (this.#peek() === ']' || this.#at >= this.#text.length) break;
      this.#note([...path, index], this.#at);
      this.#value([...path, index]);
    }
    this.#at++;
  }

  #inlineTable(path: KeyPath): void {
    this.#at++;
    for (;;) {
      this.#skipSeparators();
      if (this.#peek() === '}' || this.#at >= this.#text.length) break;
      this.#pair(path);
    }
    this.#at++;
  }

  #skipSeparators(): void {
    for (this.#skipBlank(); this.#peek() === ','; this.#skipBlank()) this.#at++;
  }
}

function unescapeText(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(.))/g,
    (whole, four?: string, eight?: string, two?: string, short?: string) => {
      const digits = four ?? eight ?? two;
      if (digits !== undefined) return String.fromCodePoint(Number.parseInt(digits, 16));
      return ESCAPES[short ?? ''] ?? whole;
    },
  );
}
