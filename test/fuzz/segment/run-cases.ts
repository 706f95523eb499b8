/*
 * Runs cases of the forgery fuzzer. Arguments: directory, seed, first case, how many. Says `case N` before each, so
 * that a watcher knows which one hangs or crashes, and `finding {...}` for each finding. A case that fails is run
 * again first, with every step noted, so that what the machine or the garbage collector did once is not taken for a
 * fault.
 */
import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Forgery } from './forged-case.js';

const [directory = '', seed = '0', first = '0', count = '0', verbose] = process.argv.slice(2);
const forgery = new Forgery(directory, Number(seed));
const quiet = (): void => {};

for (let index = Number(first); index < Number(first) + Number(count); index++) {
  writeSync(1, `case ${index}\n`);
  const steps: string[] = [];
  const log = (step: string): void => void (verbose === undefined ? steps.push(step) : writeSync(1, `step ${step}\n`));
  if (forgery.run(index, verbose === undefined ? quiet : log).length > 0) {
    const findings = forgery.run(index, log).map((finding) => finding.message);
    if (findings.length > 0) writeSync(1, `finding ${JSON.stringify({ index, findings, steps })}\n`);
  }
  // Closed mappings are given back when they are collected.
  if (index % 50 === 0) {
    globalThis.gc?.();
    await nextTurn();
  }
}
writeSync(1, 'done\n');
