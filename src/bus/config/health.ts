import { resolve as resolvePath } from 'node:path';
import { CAPTURED_CODES, FINDING_CODES, type FindingCode } from '../../observe/health/finding.js';
import { DEFAULT_THRESHOLDS, type DeathSeverity } from '../../observe/health/thresholds.js';
import { resolveCommand } from './command.js';
import { ALERT_KEYS, CAPTURE_KEYS, HEALTH_KEYS } from './keys.js';
import { describe, quote } from './problems.js';
import { nearest } from './suggest.js';
import { TableReader, type Found, type ReadContext } from './table-reader.js';
import { TableValues } from './table-values.js';
import type { AlertSettings, HealthCaptureSettings, HealthSettings } from './resolved.js';

const COMMAND = 'a program and its arguments, as in command = ["./page-somebody.sh"]';

/** `[health]`: from where on the bus does not count as healthy, and who is told. */
export function resolveHealth(found: Found | undefined, context: ReadContext): HealthSettings {
  const table = found && TableReader.read(found, context, 'a table [health]');
  if (table === undefined) return { thresholds: DEFAULT_THRESHOLDS, alert: undefined, capture: undefined };
  const values = new TableValues(table, HEALTH_KEYS, context);
  const thresholds = {
    utilization: values.share('utilization'),
    lagMessages: values.whole('lag_messages'),
    unreadMs: values.whole('unread_ms'),
    loopLagMs: values.whole('loop_lag_ms'),
    journalBehind: values.whole('journal_behind'),
    dead: (values.choice('dead') ?? DEFAULT_THRESHOLDS.dead) as DeathSeverity,
    absentAfterMs: values.whole('absent_after_ms'),
    absent: (values.choice('absent') ?? DEFAULT_THRESHOLDS.absent) as DeathSeverity,
    clockStepMs: values.whole('clock_step_ms'),
  };
  const capture = resolveCapture(table.find('capture'), context);
  return { thresholds, alert: resolveAlert(table.find('alert'), context), capture };
}

function resolveAlert(found: Found | undefined, context: ReadContext): AlertSettings | undefined {
  const table = found && TableReader.read(found, context, 'a table [health.alert]');
  if (table === undefined) return undefined;
  const values = new TableValues(table, ALERT_KEYS, context);
  const command = table.find('command');
  const webhook = values.text('webhook');
  if (command === undefined && !values.has('webhook')) {
    const expected = 'a command, a webhook, or both';
    context.problems.add({ path: table.path, found: 'nobody to be told', expected });
  }
  if (webhook !== undefined) checkUrl({ value: webhook, path: table.pathOf('webhook') }, context);
  return {
    command: command && resolveCommand(command, COMMAND, context),
    webhook,
    workingDirectory: context.folder,
    raiseAfterLooks: values.whole('raise_after_looks'),
    raiseAfterMs: values.whole('raise_after_ms'),
    clearAfterLooks: values.whole('clear_after_looks'),
    minIntervalMs: values.whole('min_interval_ms'),
    alertsPerMinute: values.whole('alerts_per_minute'),
    timeoutMs: values.whole('timeout_ms'),
    concurrency: values.whole('concurrency'),
  };
}

function resolveCapture(found: Found | undefined, context: ReadContext): HealthCaptureSettings | undefined {
  const table = found && TableReader.read(found, context, 'a table [health.capture]');
  if (table === undefined) return undefined;
  const values = new TableValues(table, CAPTURE_KEYS, context);
  const codes = table.find('codes');
  return {
    folder: resolvePath(context.folder, values.text('folder') ?? '.'),
    codes: codes === undefined ? CAPTURED_CODES : resolveCodes(codes, context),
    lastMs: values.spanMs('last'),
    filesMax: values.whole('files_max'),
    minIntervalMs: values.whole('min_interval_ms'),
  };
}

function resolveCodes({ value, path }: Found, { problems }: ReadContext): FindingCode[] {
  if (!Array.isArray(value) || value.length === 0) {
    problems.add({ path, found: describe(value), expected: 'a list of codes of findings, as in ["ring-full"]' });
    return [];
  }
  const codes: FindingCode[] = [];
  for (const [index, word] of Array.from<unknown>(value).entries()) {
    const code = FINDING_CODES.find((one) => one === word);
    if (code !== undefined) {
      codes.push(code);
      continue;
    }
    const near = typeof word === 'string' ? nearest(word, FINDING_CODES) : undefined;
    const hint = near === undefined ? undefined : `did you mean ${quote(near)}?`;
    problems.add({ path: [...path, index], found: describe(word), expected: 'the code of a finding', hint });
  }
  return codes;
}

function checkUrl({ value, path }: Found, { problems }: ReadContext): void {
  const text = String(value);
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWeb = url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
  if (isWeb && url.username === '' && url.password === '') return;
  const hint = isWeb ? 'without a user and a password: a token can stand in its path' : undefined;
  problems.add({ path, found: isWeb ? 'one with a user in it' : quote(text), expected: 'an http or https URL', hint });
}
