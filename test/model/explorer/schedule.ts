/*
 * Schedules as short strings: `A12 X3 !A X4` is twelve accesses of thread A, three of X, the death of A, four of X. A
 * small letter, `a2`, lets the two oldest pending stores of A reach memory.
 */

/** What happens next: one access of a thread, its death, or one of its stores reaching memory. */
export interface Move {
  readonly kind: 'access' | 'crash' | 'drain';
  readonly thread: number;
}

/** A path through the states, shared by all paths that begin alike. */
export interface Trace {
  readonly before: Trace | undefined;
  readonly move: Move;
  readonly count: number;
}

export function movesOf(trace: Trace | undefined): Move[] {
  const steps: Trace[] = [];
  for (let step = trace; step !== undefined; step = step.before) steps.push(step);
  return steps.toReversed().flatMap(({ move, count }) => Array.from({ length: count }, () => move));
}

/** `names` are those of the threads, one capital letter each. */
export function formatSchedule(moves: readonly Move[], names: readonly string[]): string {
  const words: { word: string; count: number }[] = [];
  for (const { kind, thread } of moves) {
    const name = names[thread]!;
    const word = kind === 'access' ? name : kind === 'crash' ? `!${name}` : name.toLowerCase();
    const last = words.at(-1);
    if (last?.word === word) last.count++;
    else words.push({ word, count: 1 });
  }
  return words.map(({ word, count }) => (count === 1 ? word : `${word}${count}`)).join(' ');
}

export function parseSchedule(schedule: string, names: readonly string[]): Move[] {
  return schedule
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) => {
      const [, mark, letter, count = '1'] = /^(!?)([A-Za-z])(\d*)$/.exec(word) ?? [];
      const thread = names.indexOf(letter?.toUpperCase() ?? '');
      if (letter === undefined || thread < 0)
        throw new SyntaxError(`"${word}" is no part of a schedule of ${names.join(', ')}`);
      const kind = mark === '!' ? 'crash' : letter === letter.toLowerCase() ? 'drain' : 'access';
      return Array.from({ length: count === '' ? 1 : Number(count) }, (): Move => ({ kind, thread }));
    });
}
