import {
  DEFAULT_WATER_MARKS,
  type BackpressureSettings,
  type ModeSettings,
  type WaterMarks,
} from '../../channel/backpressure/settings.js';
import { BackpressureModeCode, type BackpressureMode } from '../../layout/schema.js';
import { BACKPRESSURE_KEYS } from './keys.js';
import { quote } from './problems.js';
import { spell } from './rules.js';
import { TableReader, type ReadContext } from './table-reader.js';
import { TableValues } from './table-values.js';

const MODES = Object.keys(BackpressureModeCode) as readonly BackpressureMode[];
const MARKS = ['high_water_mark', 'low_water_mark'];

/** Which keys belong to which mode, beside the water marks, which belong to all. */
const KEYS_OF: Readonly<Record<BackpressureMode, readonly string[]>> = {
  BlockProducer: ['timeout_ms'],
  DropNewest: [],
  DropOldest: ['timeout_ms'],
  AdaptiveThrottle: ['timeout_ms', 'min_delay_us', 'max_delay_us'],
  CircuitBreaker: ['failure_threshold', 'failure_window_ms', 'recovery_timeout_ms'],
};

type Values = TableValues<typeof BACKPRESSURE_KEYS>;

/** `backpressure` of a channel, every rule checked and every default filled in. */
export function resolveBackpressure(channel: TableReader, context: ReadContext): BackpressureSettings {
  const found = channel.find('backpressure') ?? { value: {}, path: channel.pathOf('backpressure') };
  const table = TableReader.read(found, context, 'a table, as in backpressure.mode = "BlockProducer"');
  if (table === undefined) return { mode: 'DropNewest', ...DEFAULT_WATER_MARKS };
  const values = new TableValues(table, BACKPRESSURE_KEYS, context);
  const mode = values.choice('mode') as BackpressureMode | undefined;
  const marks = resolveMarks(values, table, context);
  if (mode === undefined) return { mode: 'DropNewest', ...marks };
  refuseForeignKeys(table, mode, context);
  return { ...marks, ...settingsOf(mode, values, table, context) };
}

function settingsOf(mode: BackpressureMode, values: Values, table: TableReader, context: ReadContext): ModeSettings {
  switch (mode) {
    case 'DropNewest':
      return { mode };
    case 'BlockProducer':
    case 'DropOldest':
      return { mode, timeoutMs: values.whole('timeout_ms') };
    case 'AdaptiveThrottle': {
      const minDelayUs = values.whole('min_delay_us');
      // a least delay beyond the usual greatest one is a greatest one by itself
      const usual = values.whole('max_delay_us');
      const maxDelayUs = values.has('max_delay_us') ? usual : Math.max(usual, minDelayUs);
      checkDelays(table, minDelayUs, maxDelayUs, context);
      return { mode, timeoutMs: values.whole('timeout_ms'), minDelayUs, maxDelayUs };
    }
    case 'CircuitBreaker':
      return {
        mode,
        failureThreshold: values.whole('failure_threshold'),
        failureWindowMs: values.whole('failure_window_ms'),
        recoveryTimeoutMs: values.whole('recovery_timeout_ms'),
      };
  }
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

function resolveMarks(values: Values, table: TableReader, context: ReadContext): WaterMarks {
  const highWaterMark = values.share('high_water_mark');
  // three quarters of the high one, as it is by default, when that one alone is set
  const lowWaterMark = values.share('low_water_mark', Math.min(DEFAULT_WATER_MARKS.lowWaterMark, highWaterMark * 0.75));
  if (lowWaterMark >= highWaterMark) {
    context.problems.add({
      path: table.find('low_water_mark')?.path ?? table.pathOf('low_water_mark'),
      found: String(lowWaterMark),
      expected: `less than ${spell('high_water_mark', context.spelling)}, which is ${highWaterMark}`,
      hint: 'from the high mark on a ring is called high, until it is down to the low one',
    });
  }
  return { highWaterMark, lowWaterMark };
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
