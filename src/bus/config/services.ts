import { resolve as resolvePath } from 'node:path';
import { resolveCommand } from './command.js';
import { SERVICE_KEYS } from './keys.js';
import type { KeyPath } from './locate.js';
import { checkName, resolveNames } from './names.js';
import { describe, quote } from './problems.js';
import { circlesOf } from './service-order.js';
import { nearest } from './suggest.js';
import { TableReader, type Found, type ReadContext } from './table-reader.js';
import { TableValues } from './table-values.js';
import type { ResolvedService } from './resolved.js';

const MOST_SERVICES = 1000;
const COMMAND = 'a program and its arguments, as in command = ["node", "services/analytics.js"]';

/** `[services.NAME]`: what the supervisor runs, in the order in which it is written down. */
export function resolveServices(found: Found | undefined, context: ReadContext): Map<string, ResolvedService> {
  const services = new Map<string, ResolvedService>();
  if (found === undefined) return services;
  const table = TableReader.read(found, context, 'a table [services.NAME] for each service');
  const places = new Map<string, TableReader>();
  for (const [name, entry] of table?.entries() ?? []) {
    const own = TableReader.read(entry, context, 'the table of a service');
    if (own === undefined || !checkName(name, entry.path, context)) continue;
    services.set(name, resolveService(name, own, context));
    places.set(name, own);
  }
  const afterOf = (name: string): KeyPath => places.get(name)?.pathOf('after') ?? [];
  for (const service of services.values()) checkNames(service, services, afterOf(service.name), context);
  for (const circle of circlesOf(services)) refuseCircle(circle, afterOf(circle[0] ?? ''), context);
  return services;
}

function resolveService(name: string, table: TableReader, context: ReadContext): ResolvedService {
  const values = new TableValues(table, SERVICE_KEYS, context);
  const autoRestart = values.flag('auto_restart');
  if (!autoRestart) {
    const restarts = [
      'restart_delay_ms',
      'restart_delay_max_ms',
      'stable_after_ms',
      'crash_loop_threshold',
      'crash_loop_window_ms',
    ] as const;
    values.refuseIdle(restarts, 'with auto_restart = false it means nothing');
  }
  const restartDelayMs = values.whole('restart_delay_ms');
  const after = table.find('after');
  return {
    name,
    command: resolveServiceCommand(table, context),
    workingDirectory: resolvePath(context.folder, values.text('working_directory') ?? '.'),
    environment: resolveEnvironment(table.find('environment'), context),
    autoRestart,
    restartDelayMs,
    restartDelayMaxMs: resolveGreatestDelay(values, table, restartDelayMs, context),
    stableAfterMs: values.whole('stable_after_ms'),
    crashLoopThreshold: values.whole('crash_loop_threshold'),
    crashLoopWindowMs: values.whole('crash_loop_window_ms'),
    stopTimeoutMs: values.whole('stop_timeout_ms'),
    readyTimeoutMs: values.whole('ready_timeout_ms'),
    hangTimeoutMs: values.whole('hang_timeout_ms'),
    after: after === undefined ? [] : resolveNames(after, 0, MOST_SERVICES, 'a list is written in brackets', context),
  };
}

function resolveGreatestDelay(
  values: TableValues<typeof SERVICE_KEYS>,
  table: TableReader,
  restartDelayMs: number,
  { problems }: ReadContext,
): number {
  // a first delay beyond the usual greatest one is a greatest one by itself
  const most = values.has('restart_delay_max_ms')
    ? values.whole('restart_delay_max_ms')
    : Math.max(values.whole('restart_delay_max_ms'), restartDelayMs);
  if (most < restartDelayMs) {
    problems.add({
      path: table.find('restart_delay_max_ms')?.path ?? table.pathOf('restart_delay_max_ms'),
      found: String(most),
      expected: `at least the first delay, which is ${restartDelayMs}`,
    });
  }
  return most;
}

function resolveServiceCommand(table: TableReader, context: ReadContext): string[] {
  const found = table.find('command');
  if (found !== undefined) return resolveCommand(found, COMMAND, context);
  context.problems.add({ path: table.pathOf('command'), found: 'nothing', expected: COMMAND });
  return [];
}

function resolveEnvironment(found: Found | undefined, context: ReadContext): Record<string, string> {
  const environment: [string, string][] = [];
  if (found === undefined) return {};
  const table = TableReader.read(found, context, 'a table of variables, as in environment.RATE = "1000"');
  for (const [name, { value, path }] of table?.entries() ?? []) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      context.problems.add({ path, found: quote(name), expected: 'the name of a variable: letters, digits and "_"' });
    } else if (typeof value === 'string' && !value.includes('\0')) environment.push([name, value]);
    else {
      const hint = typeof value === 'number' || typeof value === 'boolean' ? `write "${value}"` : undefined;
      context.problems.add({ path, found: describe(value), expected: 'text', hint });
    }
  }
  // not by assignment: that has a meaning of its own for __proto__
  return Object.fromEntries(environment);
}

/** What comes before a service must be there. */
function checkNames(
  service: ResolvedService,
  services: ReadonlyMap<string, ResolvedService>,
  path: KeyPath,
  { problems }: ReadContext,
): void {
  for (const [index, name] of service.after.entries()) {
    if (services.has(name)) continue;
    const guess = nearest(name, [...services.keys()]);
    const hint = guess === undefined ? undefined : `did you mean "${guess}"?`;
    problems.add({ path: [...path, index], found: quote(name), expected: 'a service of [services]', hint });
  }
}

const LONGEST_CIRCLE = 6;

/** It must not come after itself. */
function refuseCircle(circle: readonly string[], path: KeyPath, { problems }: ReadContext): void {
  const [first = ''] = circle;
  const way = [...circle.slice(0, LONGEST_CIRCLE), ...(circle.length > LONGEST_CIRCLE ? ['...'] : []), first];
  problems.add({
    path,
    found: `a circle: ${quote(first)} waits for itself`,
    expected: 'an order',
    hint: circle.length > 1 ? way.join(' waits for ') : undefined,
  });
}
