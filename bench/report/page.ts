import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { replaceSection } from './document.js';

/** What stands at the top of the page when it is made for the first time. */
const INTRODUCTION = `# Performance

What the bus does on one machine, in one run, by real processes. Absolute figures differ between machines and days: the
ratios to the C reference, taken in the same run with the same placement, say more. The parts between the marks below are
written by these commands; run them on the machine that you care about:

    npm run bench -- --markdown docs/performance.md
    npm run bench:peers -- --markdown docs/performance.md

The C reference (\`bench/reference/\`) is a ring of the same shape (40-byte header, 64-byte cells, ring mapped twice, the same
commit, a clock reading on both sides where timestamps are on) without all that makes it a bus: no names, liveness, history,
statistics, waking, or checks of what shared memory says.
`;

/** Writes a report into its section of a page, which is made if it is missing. */
export function writeSection(file: string, name: string, body: string): void {
  const page = existsSync(file) ? readFileSync(file, 'utf8') : INTRODUCTION;
  writeFileSync(file, replaceSection(page, name, body));
}
