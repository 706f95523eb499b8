/*
 * Makes a folder to unfold captures in and removes it again, over and over, as commands with `--capture` do that begin and end.
 * Arguments: the place of all such folders, how often.
 */
import { writeSync } from 'node:fs';
import { UnfoldingFolder } from '#src/observe/capture/unfolding-folder.js';

const [root = '', rounds = '1'] = process.argv.slice(2);
writeSync(1, 'begun\n');
process.stdin.once('data', () => {
  for (let round = 0; round < Number(rounds); round++) new UnfoldingFolder(root)[Symbol.dispose]();
  process.exit(0);
});
