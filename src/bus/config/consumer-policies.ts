import { DEFAULT_POLICY, type ConsumerPolicy } from '../../channel/consumer-policy.js';
import type { BackpressureMode } from '../../layout/schema.js';
import { CONSUMER_KEYS } from './keys.js';
import { describe, quote } from './problems.js';
import { nearest } from './suggest.js';
import { TableReader, type ReadContext } from './table-reader.js';
import { TableValues } from './table-values.js';

/**
 * The policy of each consumer of a channel: `[channels.NAME.consumer.SERVICE]` where there is one, else the defaults. What
 * is wrong goes to the context's problems.
 */
export function resolvePolicies(
  table: TableReader,
  consumers: readonly string[],
  mode: BackpressureMode,
  context: ReadContext,
): ReadonlyMap<string, ConsumerPolicy> {
  const otherwise = { ...DEFAULT_POLICY, gating: mode !== 'DropOldest' };
  const policies = new Map<string, ConsumerPolicy>(consumers.map((name) => [name, otherwise]));
  const found = table.find('consumer');
  // A name, and a table without a list of consumers, are judged with the list.
  if (found === undefined || !isTable(found.value) || table.find('consumers') === undefined) return policies;
  const tables = TableReader.read(found, context, 'a table [channels.NAME.consumer.SERVICE] for each policy');
  for (const [name, entry] of tables?.entries() ?? []) {
    if (!consumers.includes(name)) {
      refuseStranger(name, entry.path, consumers, context);
      continue;
    }
    const own = TableReader.read(entry, context, 'the policy of a consumer, a table');
    if (own !== undefined) policies.set(name, resolvePolicy(own, mode, context));
  }
  return policies;
}

/** Whether a value is a table of a configuration. */
export function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuseStranger(
  name: string,
  path: TableReader['path'],
  consumers: readonly string[],
  { problems }: ReadContext,
): void {
  const guess = nearest(name, consumers);
  problems.add({
    path,
    found: `a policy of ${quote(name)}, which is not among the consumers`,
    expected: `one of ${consumers.join(', ')}`,
    hint: guess === undefined ? undefined : `did you mean ${guess}?`,
  });
}

function resolvePolicy(table: TableReader, mode: BackpressureMode, context: ReadContext): ConsumerPolicy {
  const values = new TableValues(table, CONSUMER_KEYS, context);
  const none = (): undefined => undefined;
  const never = (value: unknown): string | undefined => (value === 0 ? 'leave it out for never' : undefined);
  const policy: ConsumerPolicy = {
    gating: resolveGating(table, mode, context),
    failureTimeoutMs: values.whole('failure_timeout_ms', none),
    stalledAfterMs: values.whole('stalled_after_ms', none),
    evictAfterMs: values.whole('evict_after_ms', never),
    quarantineAfter: values.whole('quarantine_after', never),
  };
  refuseIdle(table, policy, context);
  return policy;
}

function resolveGating(
  table: TableReader,
  mode: BackpressureMode,
  { problems }: ReadContext,
): ConsumerPolicy['gating'] {
  const neverGates = mode === 'DropOldest';
  const found = table.find('gating');
  if (found === undefined) return !neverGates;
  const { value, path } = found;
  if (value !== true && value !== false && value !== 'always') {
    const hint = value === 'true' || value === 'false' ? 'without quotes' : undefined;
    problems.add({ path, found: describe(value), expected: 'true, false or "always"', hint });
  } else if (neverGates && value !== false) {
    problems.add({
      path,
      found: describe(value),
      expected: 'false, because producers of a DropOldest channel wait for nobody',
      hint: 'for consumers that miss nothing take BlockProducer',
    });
  } else return value;
  return !neverGates;
}

/** A time that would never count is a mistake, and is said to be one. */
function refuseIdle(table: TableReader, { gating }: ConsumerPolicy, { problems }: ReadContext): void {
  if (gating === true) return;
  const reason = gating === false ? 'producers never wait for it' : 'producers always wait for it, dead or alive';
  for (const key of ['failure_timeout_ms', 'evict_after_ms']) {
    const found = table.find(key);
    if (found === undefined) continue;
    problems.add({
      path: found.path,
      found: describe(found.value),
      expected: 'it to be left out',
      hint: `with this gating ${reason}`,
    });
  }
}
