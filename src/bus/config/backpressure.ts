import {
  DEFAULT_WATER_MARKS,
  type BackpressureSettings,
  type ModeSettings,
  type WaterMarks,
} from '../../channel/backpressure/settings.js';
import { BackpressureModeCode, type BackpressureMode } from '../../layout/schema.js';
import { BACKPRESSURE_KEYS, spell } from './keys.js';
import { describe, quote } from './problems.js';
import { nearest } from './suggest.js';
import { TableReader, type Found, type ReadContext } from './table-reader.js';
import { LONGEST_MS, wholeNumber, type WholeRange } from './whole-number.js';

const MODES = Object.keys(BackpressureModeCode) as readonly BackpressureMode[];
const DEFAULT_MODE = 'BlockProducer';
const DEFAULT_TIMEOUT_MS = 1000;
/** A minute between two writes is no throttling any more. */
const LONGEST_DELAY_US = 60_000_000;
const MARKS = ['high_water_mark', 'low_water_mark'];

/** Which keys belong to which mode, beside the water marks, which belong to all. */
const KEYS_OF: Readonly<Record<BackpressureMode, readonly string[]>> = {
  BlockProducer: ['timeout_ms'],
  DropNewest: [],
  DropOldest: ['timeout_ms'],
  AdaptiveThrottle: ['timeout_ms', 'min_delay_us', 'max_delay_us'],
  CircuitBreaker: ['failure_threshold', 'failure_window_ms', 'recovery_timeout_ms'],
};

/** `backpressure` of a channel, every rule checked and every default filled in. */
export function resolveBackpressure(channel: TableReader, context: ReadContext): BackpressureSettings {
  const fallback = { mode: DEFAULT_MODE, timeoutMs: DEFAULT_TIMEOUT_MS, ...DEFAULT_WATER_MARKS } as const;
  const found = channel.find('backpressure');
  if (found === undefined) return fallback;
  const table = TableReader.read(found, context, 'a table, as in backpressure.mode = "BlockProducer"');
  if (table === undefined) return fallback;
  table.checkKeys(BACKPRESSURE_KEYS);
  const mode = resolveMode(table.find('mode'), context);
  const marks = resolveMarks(table, context);
  if (mode === undefined) return fallback;
  refuseForeignKeys(table, mode, context);
  return { ...marks, ...settingsOf(mode, table, context) };
}

function settingsOf(mode: BackpressureMode, table: TableReader, context: ReadContext): ModeSettings {
  const whole = (key: string, otherwise: number, least: number, most: number, unit: string): number =>
    wholeNumber(table.find(key), otherwise, { least, most, unit, hint: numberHint }, context);
  const timeoutMs = (): number => whole('timeout_ms', DEFAULT_TIMEOUT_MS, 0, LONGEST_MS, 'milliseconds');
  switch (mode) {
    case 'DropNewest':
      return { mode };
    case 'BlockProducer':
    case 'DropOldest':
      return { mode, timeoutMs: timeoutMs() };
    case 'AdaptiveThrottle': {
      const minDelayUs = whole('min_delay_us', 10, 0, LONGEST_DELAY_US, 'microseconds');
      const maxDelayUs = whole('max_delay_us', Math.max(1000, minDelayUs), 1, LONGEST_DELAY_US, 'microseconds');
      checkDelays(table, minDelayUs, maxDelayUs, context);
      return { mode, timeoutMs: timeoutMs(), minDelayUs, maxDelayUs };
    }
    case 'CircuitBreaker':
      return {
        mode,
        failureThreshold: whole('failure_threshold', 5, 1, 1_000_000, 'failures'),
        failureWindowMs: whole('failure_window_ms', 1000, 1, LONGEST_MS, 'milliseconds'),
        recoveryTimeoutMs: whole('recovery_timeout_ms', 5000, 1, LONGEST_MS, 'milliseconds'),
      };
  }
}

function resolveMode(found: Found | undefined, { problems }: ReadContext): BackpressureMode | undefined {
  if (found === undefined) return DEFAULT_MODE;
  const { value, path } = found;
  const mode = MODES.find((candidate) => candidate === value);
  if (mode !== undefined) return mode;
  const guess = typeof value === 'string' ? nearest(value, MODES) : undefined;
  const hint = guess === undefined ? undefined : `did you mean "${guess}"?`;
  problems.add({ path, found: describe(value), expected: `one of ${MODES.join(', ')}`, hint });
  return undefined;
}

function refuseForeignKeys(table: TableReader, mode: BackpressureMode, { problems, spelling }: ReadContext): void {
  for (const key of Object.keys(BACKPRESSURE_KEYS)) {
    const found = table.find(key);
    if (found === undefined || key === 'mode' || MARKS.includes(key) || KEYS_OF[mode].includes(key)) continue;
    const modes = MODES.filter((other) => KEYS_OF[other].includes(key));
    problems.add({
      path: found.path,
      found: `${quote(spell(key, spelling))}, which mode ${mode} does not have`,
      expected: 'it to be left out',
      hint: `it belongs to ${modes.join(' and ')}`,
    });
  }
}

function resolveMarks(table: TableReader, context: ReadContext): WaterMarks {
  const highWaterMark = share(table.find('high_water_mark'), DEFAULT_WATER_MARKS.highWaterMark, context);
  const lowFound = table.find('low_water_mark');
  // three quarters of the high one, as it is by default, when that one alone is set
  const otherwise = Math.min(DEFAULT_WATER_MARKS.lowWaterMark, highWaterMark * 0.75);
  const lowWaterMark = share(lowFound, otherwise, context);
  if (lowWaterMark >= highWaterMark) {
    context.problems.add({
      path: lowFound?.path ?? table.pathOf('low_water_mark'),
      found: String(lowWaterMark),
      expected: `less than ${spell('high_water_mark', context.spelling)}, which is ${highWaterMark}`,
      hint: 'from the high mark on a ring is called high, until it is down to the low one',
    });
  }
  return { highWaterMark, lowWaterMark };
}

/** A share of the ring: above 0, and 1 at most. */
function share(found: Found | undefined, otherwise: number, { problems }: ReadContext): number {
  if (found === undefined) return otherwise;
  const { value, path } = found;
  if (typeof value === 'number' && value > 0 && value <= 1) return value;
  const hint = typeof value === 'number' && value > 1 && value <= 100 ? `${value}% is ${value / 100}` : undefined;
  problems.add({ path, found: describe(value), expected: 'a share of the ring, above 0 and up to 1', hint });
  return otherwise;
}

function numberHint(value: unknown, { least, most, unit }: WholeRange): string | undefined {
  if (typeof value !== 'number') return 'write a number, without a unit and without quotes';
  if (value > most) return `is it in ${unit}?`;
  if (value < least) return value < 0 ? 'it cannot be negative' : 'it cannot be 0';
  return `${unit} come whole`;
}

function checkDelays(table: TableReader, min: number, max: number, { problems, spelling }: ReadContext): void {
  if (min <= max) return;
  problems.add({
    path: table.find('min_delay_us')?.path ?? table.pathOf('min_delay_us'),
    found: String(min),
    expected: `at most ${spell('max_delay_us', spelling)}, which is ${max}`,
    hint: 'the least delay is that at the high mark, the greatest that of a full ring',
  });
}
