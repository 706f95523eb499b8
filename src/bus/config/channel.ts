import { CONSUMER_SLOTS, PRODUCER_SLOTS, type ChannelType } from '../../layout/schema.js';
import { resolveBackpressure } from './backpressure.js';
import { CHANNEL_KEYS } from './keys.js';
import { resolveMemory } from './memory.js';
import { checkName, resolveNames } from './names.js';
import { resolvePersistence } from './persistence.js';
import { describe, quote } from './problems.js';
import { resolveSizes } from './channel-sizes.js';
import { isTable, resolvePolicies } from './consumer-policies.js';
import { TableReader, type Found, type ReadContext } from './table-reader.js';
import { TableValues } from './table-values.js';
import type { ResolvedChannel } from './resolved.js';

/** Checks one channel. Reports every broken rule; returns undefined when there was one. */
export function resolveChannel(
  name: string,
  found: Found,
  bufferSizeMax: number,
  context: ReadContext,
): ResolvedChannel | undefined {
  const before = context.problems.count;
  checkName(name, found.path, context);
  const table = TableReader.read(found, context, 'the table of a channel');
  if (table === undefined) return undefined;
  const values = new TableValues(table, CHANNEL_KEYS, context);

  const type = values.choice('type') as ChannelType | undefined;
  const producers = resolveServices(table, 'producer', PRODUCER_SLOTS, context);
  const consumers = resolveServices(table, 'consumer', CONSUMER_SLOTS, context);
  if (type !== undefined) checkEndpoints(table, type, producers, consumers, context);
  const sizes = resolveSizes(values, table, bufferSizeMax, context);
  const backpressure = resolveBackpressure(table, context);
  const memory = resolveMemory(values);
  const persistence = resolvePersistence(table.find('persistence'), name, sizes.messageSizeMax, context);
  const latencySampling = values.whole('latency_sampling');
  const policies = resolvePolicies(table, consumers, backpressure.mode, context);

  if (context.problems.count > before || type === undefined) return undefined;
  return { name, type, producers, consumers, policies, ...sizes, backpressure, memory, persistence, latencySampling };
}

/** `producer = "a"` or `producers = ["a", "b"]`, and the same for consumers. */
function resolveServices(
  table: TableReader,
  role: 'producer' | 'consumer',
  most: number,
  context: ReadContext,
): readonly string[] {
  const { problems } = context;
  const one = table.find(role);
  const many = table.find(`${role}s`);
  if (one === undefined && many === undefined) {
    const expected = `${role} = "..." or ${role}s = ["...", ...]`;
    problems.add({ path: table.pathOf(role), found: 'nothing', expected });
    return [];
  }
  if (many === undefined) return one === undefined ? [] : resolveOneService(role, one, context);

  // [channels.x.consumer.y] beside the list is a table of policies, not a second list
  if (one !== undefined && !(role === 'consumer' && isTable(one.value))) {
    problems.add({ path: one.path, found: `${role} and ${role}s`, expected: 'one of the two' });
  }
  const hint = typeof many.value === 'string' ? `one service is written ${role} = ${quote(many.value)}` : '';
  return resolveNames(many, 1, most, hint, context);
}

function resolveOneService(role: string, { value, path }: Found, context: ReadContext): readonly string[] {
  const { problems } = context;
  if (typeof value === 'string') return checkName(value, path, context) ? [value] : [];
  if (Array.isArray(value)) {
    const hint = `a list is written ${role}s = [...]`;
    problems.add({ path, found: describe(value), expected: 'the name of one service', hint });
  } else if (role === 'consumer' && isTable(value)) {
    const hint = 'a table of policies stands beside the list: consumers = [...] as well';
    problems.add({ path, found: 'a table', expected: 'the name of one service', hint });
  } else {
    problems.add({ path, found: describe(value), expected: 'the name of a service' });
  }
  return [];
}

/** How many endpoints a type allows, and which services may stand on both sides. */
function checkEndpoints(
  table: TableReader,
  type: ChannelType,
  producers: readonly string[],
  consumers: readonly string[],
  { problems }: ReadContext,
): void {
  if (type.endsWith('SC') && consumers.length > 1) {
    problems.add({
      path: table.pathOf('consumers'),
      found: `${consumers.length} consumers`,
      expected: `exactly one consumer, because the type is ${type}`,
      hint: `for several take ${type === 'SPSC' ? 'SPMC' : 'MPMC'}`,
    });
  }
  const both = consumers.find((service) => producers.includes(service));
  if (both !== undefined && type !== 'MPMC') {
    problems.add({
      path: table.pathOf(table.find('consumers') === undefined ? 'consumer' : 'consumers'),
      found: `${quote(both)}, which produces here too`,
      expected: `other services than the producers, because the type is ${type}`,
      hint: 'a service that waits for itself to read would wait for ever; only MPMC allows both',
    });
  }
}
