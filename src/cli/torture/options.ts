import { CHANNEL_TYPES, MODES, SCENARIOS, inMode, type Mode, type Scenario } from './scenarios.js';

/** The command line of `apbus torture`, as commander gives it. */
export interface TortureArguments {
  readonly duration?: string;
  readonly kills?: string;
  readonly stops?: string;
  readonly types?: string;
  readonly mode?: string;
  readonly seed?: string;
  readonly directory?: string;
  readonly json?: true;
  readonly keep?: true;
}

export interface TortureOptions {
  /** Infinity: until the kills are done. */
  readonly durationMs: number;
  /** Of producers, over all scenarios; Infinity: until the time is over. */
  readonly kills: number;
  /** Cycles of SIGSTOP and SIGCONT, over all scenarios. */
  readonly stops: number;
  readonly scenarios: readonly Scenario[];
  readonly seed: number;
  /** Where to make the folder of this run; undefined: in shared memory. */
  readonly directory: string | undefined;
  readonly keep: boolean;
}

/** The command line is wrong; the message says what is expected. */
export class TortureUsage extends Error {
  override readonly name = 'TortureUsage';
}

const DEFAULT_DURATION_MS = 60_000;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, '': 1000 };
const COUNT_MAX = 1_000_000;

/** `newSeed` is taken when none is given. */
export function readTortureOptions(given: TortureArguments, newSeed: number): TortureOptions {
  const kills = given.kills === undefined ? undefined : countOf('--kills', given.kills);
  const otherwise = kills === undefined ? DEFAULT_DURATION_MS : Infinity;
  return {
    durationMs: given.duration === undefined ? otherwise : durationOf(given.duration),
    kills: kills ?? Infinity,
    stops: given.stops === undefined ? 0 : countOf('--stops', given.stops),
    scenarios: inMode(
      given.types === undefined ? SCENARIOS : scenariosOf(given.types),
      modeOf(given.mode ?? 'BlockProducer'),
    ),
    seed: given.seed === undefined ? newSeed : countOf('--seed', given.seed, 2 ** 32 - 1),
    directory: given.directory,
    keep: given.keep === true,
  };
}

function durationOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text);
  const ms = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? 0);
  if (match !== null && ms > 0) return ms;
  throw new TortureUsage(`--duration: found "${text}", expected a time such as 60s, 500ms, 10m or 2h`);
}

function countOf(option: string, text: string, max = COUNT_MAX): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= max) return count;
  throw new TortureUsage(`${option}: found "${text}", expected a whole number from 1 to ${max}`);
}

function modeOf(text: string): Mode {
  const mode = MODES.find((one) => one === text);
  if (mode !== undefined) return mode;
  throw new TortureUsage(`--mode: found "${text}", expected ${MODES.join(' or ')}`);
}

function scenariosOf(text: string): Scenario[] {
  return text.split(',').map((name) => {
    const scenario = SCENARIOS.find((one) => one.name === name.trim().toUpperCase());
    if (scenario !== undefined) return scenario;
    throw new TortureUsage(`--types: found "${name}", expected some of ${CHANNEL_TYPES.join(',')}`);
  });
}
