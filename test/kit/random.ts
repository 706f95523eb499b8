export { randomSource } from '#src/cli/torture/random.js';

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
