import { BackpressureModeCode, ChannelTypeCode } from '../../layout/schema.js';
import { CAPTURED_CODES } from '../../observe/health/finding.js';
import { DEFAULT_THRESHOLDS } from '../../observe/health/thresholds.js';
import type { KeyRule, SizeRule, SpanRule, TableRules, ValueRule, WholeRule } from './rules.js';

/*
 * Every key of the config file: what it means, what it may be, and what counts when it is left out. Keys are spelled as in
 * the file; object configs spell them in camelCase.
 */

const rule = (description: string, value: ValueRule): KeyRule => ({ description, value });
const flag = (description: string, otherwise: boolean): KeyRule => rule(description, { kind: 'flag', otherwise });
const choice = (description: string, of: readonly string[], otherwise: string): KeyRule =>
  rule(description, { kind: 'choice', of, otherwise });
const whole = (unit: string, least: number, most: number, otherwise?: number): WholeRule =>
  otherwise === undefined ? { kind: 'whole', unit, least, most } : { kind: 'whole', unit, least, most, otherwise };
const size = (least: number, most: number, otherwise?: string): SizeRule =>
  otherwise === undefined ? { kind: 'size', least, most } : { kind: 'size', least, most, otherwise };
const span = (leastMs: number, mostMs: number, otherwise?: string): SpanRule =>
  otherwise === undefined ? { kind: 'span', leastMs, mostMs } : { kind: 'span', leastMs, mostMs, otherwise };

/** The form of the config file that this package reads. */
export const CONFIG_VERSION = 1;

const KB = 1024;
const MB = KB ** 2;
const GB = KB ** 3;
const TB = KB ** 4;
export const LEAST_BUFFER = 64 * KB;
export const MOST_BUFFER = 16 * GB;
/** A day, in ms: a longer time in a key that counts milliseconds is a mistake in the unit. */
export const LONGEST_MS = 86_400_000;
const LONGEST_SPAN_MS = 3650 * LONGEST_MS;
/** A minute between two writes is no throttling any more. */
const LONGEST_DELAY_US = 60_000_000;
const MOST_FAILURES = 1_000_000;
const MOST_COUNT = 1_000_000_000_000;
const MS = 'milliseconds';
const FALLBACKS = ['warn', 'fail'] as const;
const SEVERITIES = ['unhealthy', 'degraded', 'ignore'] as const;

/** Of `[channels.NAME.backpressure]`. */
export const BACKPRESSURE_KEYS = {
  mode: choice('how a full ring is handled', Object.keys(BackpressureModeCode), 'BlockProducer'),
  timeout_ms: rule('how long a producer waits for space', whole(MS, 0, LONGEST_MS, 1000)),
  high_water_mark: rule('from where on the ring is called high', { kind: 'share', otherwise: 0.8 }),
  low_water_mark: rule('down to where it is called high', { kind: 'share', otherwise: 0.6 }),
  min_delay_us: rule('least delay of AdaptiveThrottle', whole('microseconds', 0, LONGEST_DELAY_US, 10)),
  max_delay_us: rule('greatest delay of AdaptiveThrottle', whole('microseconds', 1, LONGEST_DELAY_US, 1000)),
  failure_threshold: rule('failures that open the breaker', whole('failures', 1, MOST_FAILURES, 5)),
  recovery_timeout_ms: rule('how long the breaker stays open', whole(MS, 1, LONGEST_MS, 5000)),
  failure_window_ms: rule('the window in which failures count', whole(MS, 1, LONGEST_MS, 1000)),
} as const satisfies TableRules;

/** Of `[channels.NAME.consumer.SERVICE]`. */
export const CONSUMER_KEYS = {
  gating: rule('whether producers wait for it', { kind: 'gating' }),
  failure_timeout_ms: rule('how long they wait for it after its death', whole(MS, 0, LONGEST_MS, 0)),
  stalled_after_ms: rule('without progress for so long it is called stalled', whole(MS, 1, LONGEST_MS, 1000)),
  evict_after_ms: rule('without progress for so long it is given up; default: never', whole(MS, 1, LONGEST_MS)),
  quarantine_after: rule(
    'failures at one message after which that is set aside; default: never',
    whole('failures', 1, MOST_FAILURES),
  ),
} as const satisfies TableRules;

/** Of `[channels.NAME.persistence]`. */
export const PERSISTENCE_KEYS = {
  enable_persistence: flag('whether the channel is recorded', true),
  persistence_path: rule("the journals' folder, from the folder of the config file; each channel has its own in it", {
    kind: 'text',
    form: 'the path of a folder',
    otherwise: 'journal',
  }),
  enable_replay: flag('whether consumers may begin before the ring, in the journal', true),
  replay_window: rule('how far back they may begin; default: as far as there is a journal', span(1, LONGEST_SPAN_MS)),
  fsync: choice('when what was appended is forced to the disk', ['always', 'interval', 'never'], 'interval'),
  fsync_interval_ms: rule('how often, with fsync = "interval"', whole(MS, 1, 60_000, 100)),
  retention: rule('older files are removed when there is more than so much; default: never', size(MB, 1024 * TB)),
  retention_age: rule('files are removed when they are so old; default: never', span(1000, LONGEST_SPAN_MS)),
  retention_force: flag('also those that the saved cursor of a consumer still needs', false),
  segment_size: rule('the next file is begun when one has so many bytes', size(MB, 16 * GB, '256MB')),
  segment_age: rule('and when it is so old', span(1000, LONGEST_SPAN_MS, '1h')),
  on_failure: choice(
    'when the journal cannot be written: stop the producers behind it, or continue and leave a gap',
    ['stop', 'continue'],
    'stop',
  ),
} as const satisfies TableRules;

/** Of `[channels.NAME]`. */
export const CHANNEL_KEYS = {
  type: {
    ...rule('single or multiple producers, single or multiple consumers', {
      kind: 'choice',
      of: Object.keys(ChannelTypeCode),
    }),
    isRequired: true,
  },
  producer: rule('the service that produces', { kind: 'service' }),
  producers: rule('the services that produce', { kind: 'services' }),
  consumer: rule('the service that consumes; or, beside consumers, a table for each with its policy', {
    kind: 'either',
    of: [{ kind: 'service' }, { kind: 'tables', of: 'SERVICE', keys: CONSUMER_KEYS }],
  }),
  consumers: rule('the services that consume', { kind: 'services' }),
  buffer_size: rule('capacity of the ring, a power of two', {
    kind: 'size',
    least: LEAST_BUFFER,
    most: MOST_BUFFER,
    otherwise: '16MB',
    isPowerOfTwo: true,
  }),
  message_size_max: rule('longest message: an eighth of the ring at most', {
    kind: 'size',
    least: 1,
    most: MOST_BUFFER / 8,
    otherwise: '64KB',
  }),
  backpressure: rule('what happens when the ring is full', { kind: 'table', keys: BACKPRESSURE_KEYS }),
  huge_pages: flag('the ring in huge pages', false),
  huge_page_size: choice('the size of those pages', ['2MB', '1GB'], '2MB'),
  huge_pages_fallback: choice('without them: go on and say so, or refuse', FALLBACKS, 'warn'),
  numa_node: rule('the memory node to which the ring is bound; default: none', whole('nodes', 0, 1023)),
  numa_fallback: choice('when it cannot be bound: go on and say so, or refuse', FALLBACKS, 'warn'),
  prefault: flag('all pages present before the first message', false),
  prefault_fallback: choice('when they cannot be: go on and say so, or refuse', FALLBACKS, 'warn'),
  mlock: flag('the pages locked in memory', false),
  mlock_fallback: choice('when they cannot be: go on and say so, or refuse', FALLBACKS, 'warn'),
  persistence: rule('the journal of the channel', { kind: 'table', keys: PERSISTENCE_KEYS }),
  latency_sampling: rule(
    'one message in so many is timed, by its producer and by each consumer; 0: none',
    whole('messages', 0, 1_000_000, 128),
  ),
} as const satisfies TableRules;

/** Of `[services.NAME]`. */
export const SERVICE_KEYS = {
  command: {
    ...rule('the program and its arguments', { kind: 'texts', form: 'a program and its arguments', least: 1 }),
    isRequired: true,
  },
  working_directory: rule('where it runs, from the folder of the config file', {
    kind: 'text',
    form: 'the path of a folder',
    otherwise: '.',
  }),
  environment: rule("variables on top of the supervisor's own", { kind: 'variables' }),
  auto_restart: flag('whether it is started again when it ends', true),
  restart_delay_ms: rule(
    'how long after its end; doubled for each further one in a row',
    whole(MS, 0, LONGEST_MS, 500),
  ),
  restart_delay_max_ms: rule('up to so long', whole(MS, 0, LONGEST_MS, 30_000)),
  stable_after_ms: rule('when it has run for so long, the first delay counts again', whole(MS, 0, LONGEST_MS, 10_000)),
  crash_loop_threshold: rule('ends within the window after which it is given up', whole('ends', 1, MOST_FAILURES, 5)),
  crash_loop_window_ms: rule('that window', whole(MS, 1, LONGEST_MS, 60_000)),
  stop_timeout_ms: rule('from SIGTERM to SIGKILL', whole(MS, 0, LONGEST_MS, 5000)),
  ready_timeout_ms: rule('to attach to its channels; 0: whenever it likes', whole(MS, 0, LONGEST_MS, 30_000)),
  hang_timeout_ms: rule('without progress for so long it is restarted; 0: never', whole(MS, 0, LONGEST_MS, 0)),
  after: rule('services that must be ready before it is started', { kind: 'services' }),
} as const satisfies TableRules;

/** Of `[health.alert]`. */
export const ALERT_KEYS = {
  command: rule('started for each alert, without a shell; the alert is a line of JSON on its standard input', {
    kind: 'texts',
    form: 'a program and its arguments',
    least: 1,
  }),
  webhook: rule('gets each alert as the body of a POST, as JSON', { kind: 'text', form: 'an http or https URL' }),
  raise_after_looks: rule('a finding is raised when so many looks in a row had it', whole('looks', 1, 1_000_000, 2)),
  raise_after_ms: rule('and it has lasted for so long', whole(MS, 0, LONGEST_MS, 0)),
  clear_after_looks: rule('it is cleared when so many looks in a row did not', whole('looks', 1, 1_000_000, 2)),
  min_interval_ms: rule(
    'least time between two times that the same finding is raised',
    whole(MS, 0, LONGEST_MS, 60_000),
  ),
  alerts_per_minute: rule(
    'no more in a minute; what is over waits, and is dropped if it is gone by then',
    whole('alerts', 1, 100_000, 30),
  ),
  timeout_ms: rule('how long a command or a request may take', whole(MS, 1, 600_000, 10_000)),
  concurrency: rule('so many at a time', whole('alerts', 1, 64, 4)),
} as const satisfies TableRules;

/** Of `[health.capture]`. */
export const CAPTURE_KEYS = {
  folder: rule('where the files are made, from the folder of the config file', {
    kind: 'text',
    form: 'the path of a folder',
    otherwise: 'captures',
  }),
  codes: rule(`findings whose channel is captured; default: ${CAPTURED_CODES.join(', ')}`, {
    kind: 'texts',
    form: 'codes of findings',
    least: 1,
  }),
  last: rule('of the ring at least the messages of the last such time; default: all of it', span(1, LONGEST_SPAN_MS)),
  files_max: rule('so many files are kept; the oldest go', whole('files', 1, 100_000, 20)),
  min_interval_ms: rule('least time between two captures of a channel', whole(MS, 0, LONGEST_MS, 60_000)),
} as const satisfies TableRules;

/** Of `[health]`. */
export const HEALTH_KEYS = {
  utilization: rule('a ring is used too much above this share', {
    kind: 'share',
    otherwise: DEFAULT_THRESHOLDS.utilization,
  }),
  lag_messages: rule(
    'a consumer is too far behind above',
    whole('messages', 0, MOST_COUNT, DEFAULT_THRESHOLDS.lagMessages),
  ),
  unread_ms: rule(
    'a consumer with something to read that has not moved for longer is unhealthy',
    whole(MS, 0, LONGEST_MS, DEFAULT_THRESHOLDS.unreadMs),
  ),
  loop_lag_ms: rule(
    'the event loop of a silent endpoint is blocked when it is later; the bus itself calls none silent before 1000',
    whole(MS, 0, LONGEST_MS, DEFAULT_THRESHOLDS.loopLagMs),
  ),
  journal_behind: rule(
    'a journal, or its disk, is too far behind above',
    whole('records', 0, MOST_COUNT, DEFAULT_THRESHOLDS.journalBehind),
  ),
  dead: choice('what an endpoint counts as that died', SEVERITIES, DEFAULT_THRESHOLDS.dead),
  absent_after_ms: rule(
    'a declared service that is not attached is absent when others have used the channel for longer without it',
    whole(MS, 0, LONGEST_MS, DEFAULT_THRESHOLDS.absentAfterMs),
  ),
  absent: choice('what such a service counts as', SEVERITIES, DEFAULT_THRESHOLDS.absent),
  clock_step_ms: rule(
    'the wall clock was set when it is farther from that of a channel',
    whole(MS, 0, LONGEST_MS, DEFAULT_THRESHOLDS.clockStepMs),
  ),
  alert: rule('who is told, by "apbus run" and "apbus health --watch"', { kind: 'table', keys: ALERT_KEYS }),
  capture: rule('what is frozen into a file, by the same two', { kind: 'table', keys: CAPTURE_KEYS }),
} as const satisfies TableRules;

/** Of `[bus]`. */
export const BUS_KEYS = {
  version: rule('the form of this file', whole('versions', 1, Number.MAX_SAFE_INTEGER, CONFIG_VERSION)),
  directory: rule('where the segments live; default: a folder of this user in /dev/shm', {
    kind: 'text',
    form: 'the path of a folder',
  }),
  buffer_size_max: rule('larger rings are made this large', {
    kind: 'size',
    least: LEAST_BUFFER,
    most: MOST_BUFFER,
    otherwise: '16GB',
    isPowerOfTwo: true,
  }),
} as const satisfies TableRules;

export const ROOT_KEYS = {
  bus: rule('settings of the whole bus', { kind: 'table', keys: BUS_KEYS }),
  channels: {
    ...rule('one table for each channel', { kind: 'tables', of: 'NAME', keys: CHANNEL_KEYS }),
    isRequired: true,
  },
  services: rule('what the supervisor runs', { kind: 'tables', of: 'NAME', keys: SERVICE_KEYS }),
  health: rule('when the bus counts as healthy', { kind: 'table', keys: HEALTH_KEYS }),
} as const satisfies TableRules;
