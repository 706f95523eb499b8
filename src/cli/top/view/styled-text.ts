/** What a piece of text means; how that looks is the terminal's business. */
export type Style = 'heading' | 'good' | 'warning' | 'bad' | 'dim' | 'selected';

export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

/** A line of the screen. */
export type Line = readonly Span[];

const COLORS: Readonly<Record<Style, string>> = {
  heading: '1',
  good: '32',
  warning: '33',
  bad: '31',
  dim: '2',
  selected: '7',
};
/** What is no colour, and stays without them: bold and reversed. */
const COLORLESS: Readonly<Partial<Record<Style, string>>> = { heading: '1', bad: '1', selected: '7' };

/** Code points that take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Text of unknown origin, such as a name in a segment, for a terminal: what could act on it (control characters, escape
 * sequences, marks that turn the direction) or has no width of its own is a `?`.
 */
export function safeText(text: string): string {
  return PLAIN.test(text) ? text : text.normalize('NFC').replaceAll(/[\p{C}\p{M}\p{Zl}\p{Zp}]/gu, '?');
}

/** Columns that a safe text takes. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const point of text) width += WIDE.test(point) ? 2 : 1;
  return width;
}

/** As much of a text as a number of columns has room for; where something is missing, the last one says so. */
export function cutText(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns <= 1) return columns === 1 ? '~' : '';
  let kept = '';
  let width = 0;
  for (const point of text) {
    width += widthOf(point);
    if (width > columns - 1) break;
    kept += point;
  }
  return `${kept}~`;
}

/** Cut or filled up to exactly so many columns. */
export function fitText(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutText(text, columns);
  const space = ' '.repeat(columns - widthOf(cut));
  return align === 'left' ? cut + space : space + cut;
}

/** No longer than so many columns. */
export function cutLine(line: Line, columns: number): Line {
  const cut: Span[] = [];
  let left = columns;
  for (const span of line) {
    if (left <= 0) break;
    const text = cutText(span.text, left);
    left -= widthOf(text);
    cut.push({ ...span, text });
  }
  return cut;
}

/** Without styles, and without spaces at its end. */
export function plainLine(line: Line): string {
  return line
    .map(({ text }) => text)
    .join('')
    .trimEnd();
}

/** With the escape sequences of a terminal. */
export function paintLine(line: Line, hasColors: boolean): string {
  const codes = hasColors ? COLORS : COLORLESS;
  return line
    .map(({ text, style }) => {
      const code = style && codes[style];
      return code === undefined || text === '' ? text : `\u001b[${code}m${text}\u001b[m`;
    })
    .join('');
}

/** A row under the cursor: reversed as a whole, up to the edge. */
export function selectedLine(line: Line, columns: number): Line {
  const text = line.map((span) => span.text).join('');
  return [{ text: fitText(text, columns), style: 'selected' }];
}
