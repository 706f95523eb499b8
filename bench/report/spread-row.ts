import type { Spread } from '../statistics/spread.js';

/** Prints a row of a table `| what | median | least | most |`, in a unit. */
export function sayRow(what: string, { median, min, max }: Spread, unit: number, digits = 0): void {
  process.stdout.write(
    `| ${what} | ${[median, min, max].map((value) => (value / unit).toFixed(digits)).join(' | ')} |\n`,
  );
}
