import { ORDINARY_MEMORY } from '../../layout/memory-settings.js';
import { ChannelTypeCode, CONSUMER_SLOTS, NAME_BYTES, PRODUCER_SLOTS, type ChannelType } from '../../layout/schema.js';
import { resolveBackpressure } from './backpressure.js';
import { CHANNEL_KEYS } from './keys.js';
import type { KeyPath } from './locate.js';
import { describe, quote } from './problems.js';
import { resolveSizes } from './channel-sizes.js';
import { isTable, resolvePolicies } from './consumer-policies.js';
import { nearest } from './suggest.js';
import { TableReader, type Found, type ReadContext } from './table-reader.js';
import type { ResolvedChannel } from './types.js';

const CHANNEL_TYPES = Object.keys(ChannelTypeCode) as readonly ChannelType[];

const NAME_FORM = `a name of up to ${NAME_BYTES - 1} characters: a-z, 0-9, "_", and after the first also "." and "-"`;

/** Checks one channel. Reports every broken rule; returns undefined when there was one. */
export function resolveChannel(name: string, found: Found, context: ReadContext): ResolvedChannel | undefined {
  const before = context.problems.count;
  checkName(name, found.path, context);
  const table = TableReader.read(found, context, 'the table of a channel');
  if (table === undefined) return undefined;
  table.checkKeys(CHANNEL_KEYS);

  const type = resolveType(table, context);
  const producers = resolveServices(table, 'producer', PRODUCER_SLOTS, context);
  const consumers = resolveServices(table, 'consumer', CONSUMER_SLOTS, context);
  if (type !== undefined) checkEndpoints(table, type, producers, consumers, context);
  const sizes = resolveSizes(table, context);
  const backpressure = resolveBackpressure(table, context);
  const policies = resolvePolicies(table, consumers, backpressure.mode, context);

  if (context.problems.count > before || type === undefined) return undefined;
  return {
    name,
    type,
    producers,
    consumers,
    policies,
    ...sizes,
    backpressure,
    memory: ORDINARY_MEMORY,
    persistence: undefined,
  };
}

/** Names of channels and services become names of files and of slots, so they are kept plain. */
function checkName(name: string, path: KeyPath, { problems }: ReadContext): boolean {
  const plain = /^[a-z0-9_][a-z0-9_.-]*$/.test(name) && !name.includes('..') && name.length < NAME_BYTES;
  if (plain) return true;
  let hint: string | undefined;
  if (name.includes('..')) hint = 'two dots in a row are not allowed';
  else if (/[A-Z]/.test(name)) hint = 'upper-case letters are not allowed';
  else if (name.length >= NAME_BYTES) hint = `it has ${name.length} characters`;
  problems.add({ path, found: quote(name), expected: NAME_FORM, hint });
  return false;
}

function resolveType(table: TableReader, { problems }: ReadContext): ChannelType | undefined {
  const expected = `one of ${CHANNEL_TYPES.join(', ')}`;
  const found = table.find('type');
  if (found === undefined) {
    problems.add({ path: table.pathOf('type'), found: 'nothing', expected });
    return undefined;
  }
  const type = CHANNEL_TYPES.find((candidate) => candidate === found.value);
  if (type !== undefined) return type;
  const guess = typeof found.value === 'string' ? nearest(found.value, CHANNEL_TYPES) : undefined;
  const hint = guess === undefined ? undefined : `did you mean "${guess}"?`;
  problems.add({ path: found.path, found: describe(found.value), expected, hint });
  return undefined;
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
  return resolveServiceList(role, many, most, context);
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

function resolveServiceList(role: string, { value, path }: Found, most: number, context: ReadContext): string[] {
  const { problems } = context;
  if (!Array.isArray(value)) {
    const hint = typeof value === 'string' ? `one service is written ${role} = ${quote(value)}` : undefined;
    problems.add({ path, found: describe(value), expected: 'a list of names of services', hint });
    return [];
  }
  if (value.length === 0 || value.length > most) {
    problems.add({ path, found: describe(value), expected: `a list of 1 to ${most} names of services` });
    return [];
  }
  const names: string[] = [];
  for (const [index, entry] of Array.from<unknown>(value).entries()) {
    const entryPath = [...path, index];
    if (typeof entry !== 'string') {
      problems.add({ path: entryPath, found: describe(entry), expected: 'the name of a service' });
    } else if (names.includes(entry)) {
      problems.add({ path: entryPath, found: `${quote(entry)} twice`, expected: 'each service once' });
    } else if (checkName(entry, entryPath, context)) {
      names.push(entry);
    }
  }
  return names;
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
