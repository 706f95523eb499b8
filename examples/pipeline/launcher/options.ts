import { accessSync, constants, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export interface Options {
  readonly config: string;
  readonly input: string | undefined;
  /** Quotes per second; 0 is as fast as backpressure allows. */
  readonly rate: number;
  /** 0: until the input ends. */
  readonly durationMs: number;
  readonly seed: number;
  /** Kill services in random order and start them again: one each so many ms on average; 0: kill nobody. */
  readonly chaosMs: number;
  readonly json: boolean;
}

/** The command line is wrong; the message says what is expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `Usage: npm run demo -- [options]

A trading system of ten processes over the bus: quotes, strategies, orders, fills, risk.

  --input FILE     replay quotes: CSV (gzip too) without a header,
                   ask price x 10,000, ask size, bid price x 10,000, bid size
                   (default: a seeded generator makes them)
  --rate N|max     quotes per second (default 20000); max: as fast as backpressure allows
  --duration TIME  for example 10s, 500ms, 2m; a plain number is seconds
                   (default 10s; with --input until the file ends)
  --seed N         of the generator, and of the chaos (default 1)
  --chaos          kill -9 services in random order, start each again at once, and
                   account for every message all the same (default rate 2000)
  --chaos-every T  time between two kills, on average (default 2s)
  --config FILE    the channels (default config/message_bus.toml)
  --json           no live table; standard output is one JSON document, the summary
  --help           this text`;

/** The package's own; this file is compiled to build/examples/pipeline/launcher/. */
const DEFAULT_CONFIG = fileURLToPath(new URL('../../../../config/message_bus.toml', import.meta.url));
const DEFAULT_RATE = 20_000;
/** With chaos, where services note every message in a file. */
const CHAOS_RATE = 2000;
const CHAOS_MS = 2000;
const DEFAULT_DURATION_MS = 10_000;
const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, '': 1000 };

/** Reads the command line; undefined when it asks for help. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseStrictly(args);
  if (values.help === true) return undefined;
  const { input } = values;
  const isChaotic = values.chaos === true || values['chaos-every'] !== undefined;
  if (input !== undefined) checkReadable(input);
  return {
    config: values.config ?? DEFAULT_CONFIG,
    input,
    rate: values.rate === undefined ? (isChaotic ? CHAOS_RATE : DEFAULT_RATE) : parseRate(values.rate),
    durationMs: values.duration === undefined ? defaultDuration(input) : parseDuration('--duration', values.duration),
    seed: values.seed === undefined ? 1 : parseSeed(values.seed),
    chaosMs: isChaotic ? chaosMs(values['chaos-every'], input) : 0,
    json: values.json === true,
  };
}

function parseStrictly(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const source = { input: text, rate: text, duration: text, seed: text, config: text };
  const options = { ...source, chaos: flag, 'chaos-every': text, json: flag, help: flag } as const;
  try {
    return parseArgs({ args: [...args], options });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function defaultDuration(input: string | undefined): number {
  return input === undefined ? DEFAULT_DURATION_MS : 0;
}

function checkReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
    if (!statSync(path).isFile()) throw new UsageError(`--input: ${path} is not an ordinary file`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--input: cannot read ${path}: ${reason}`);
  }
}

function parseRate(text: string): number {
  if (text === 'max') return 0;
  const rate = Number(text);
  if (Number.isFinite(rate) && rate > 0) return rate;
  throw new UsageError(`--rate: found "${text}", expected quotes per second, more than 0, or max`);
}

function chaosMs(every: string | undefined, input: string | undefined): number {
  // a collector that starts again would read the file from its beginning
  if (input !== undefined) throw new UsageError('--chaos: found --input too; expected the generator as the source');
  return every === undefined ? CHAOS_MS : parseDuration('--chaos-every', every);
}

function parseDuration(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|)$/.exec(text);
  const durationMs = Number(match?.[1]) * (DURATION_UNITS[match?.[2] ?? ''] ?? 0);
  if (match !== null && durationMs > 0) return durationMs;
  throw new UsageError(`${option}: found "${text}", expected a time such as 10s, 500ms or 2m`);
}

function parseSeed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--seed: found "${text}", expected a whole number of at most 9 digits`);
}
