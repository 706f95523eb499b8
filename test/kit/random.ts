/** Seeded numbers (mulberry32), so that a run can be repeated: each call answers a number from 0 to `below` - 1. */
export function randomSource(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A seed for this run: `APBUS_SEED`, or a new one. Print it with every failure. */
export function seedOfRun(): number {
  const given = Number(process.env['APBUS_SEED']);
  return Number.isInteger(given) && given > 0 ? given : (Date.now() ^ (process.pid << 16)) >>> 0;
}

/** A whole number from the environment, for tests that a long run makes longer. */
export function countFromEnvironment(name: string, otherwise: number): number {
  const given = Number(process.env[name]);
  return Number.isInteger(given) && given > 0 ? given : otherwise;
}
