/** Answers a whole number from 0 to `below` - 1. */
export type Random = (below: number) => number;

/** Seeded numbers (mulberry32), so that what a run decides can be decided again. */
export function randomSource(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** One of several, each as often as its weight says. */
export function pick<Choice extends { readonly weight: number }>(random: Random, choices: readonly Choice[]): Choice {
  let left = random(choices.reduce((sum, { weight }) => sum + weight, 0));
  for (const choice of choices) {
    left -= choice.weight;
    if (left < 0) return choice;
  }
  throw new RangeError('nothing to choose from');
}
