/** The marks that charts are made of. */
export interface Glyphs {
  /** From nothing to all. */
  readonly levels: string;
  readonly full: string;
  readonly empty: string;
  readonly rule: string;
}

const BLOCKS: Glyphs = { levels: ' ▁▂▃▄▅▆▇█', full: '█', empty: '░', rule: '─' };
/** Where the terminal is not known to show others. */
const ASCII: Glyphs = { levels: ' .:-=+*#%@', full: '#', empty: '.', rule: '-' };

/** By the locale of the environment: whether it says UTF-8. */
export function glyphsFor(environment: Readonly<Record<string, string | undefined>>): Glyphs {
  const locale = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find((one) => one);
  return locale !== undefined && /utf-?8/i.test(locale) ? BLOCKS : ASCII;
}

/** A share, 0 to 1, as so many columns. */
export function bar(share: number, columns: number, { full, empty }: Glyphs): string {
  // what is used at all is seen, and what is not quite full does not look so
  const marks = Math.round(share * columns);
  const shown = share > 0 && share < 1 ? Math.min(columns - 1, Math.max(1, marks)) : marks;
  return full.repeat(shown).padEnd(columns, empty);
}

/** Values over time as so many columns, the newest at the right; `top` is full height, by default the greatest of them. */
export function sparkline(values: readonly number[], columns: number, { levels }: Glyphs, top?: number): string {
  const shown = columns > 0 ? values.slice(-columns) : [];
  const highest = top ?? Math.max(0, ...shown);
  const last = levels.length - 1;
  const marks = shown.map((value) => {
    if (!(value > 0) || highest <= 0) return levels[0];
    return levels[Math.min(last, Math.max(1, Math.round((value / highest) * last)))];
  });
  return marks.join('').padStart(columns);
}
