import { resolve as resolvePath } from 'node:path';
import { resolveChannel } from './channel.js';
import { expandVariables, type Environment } from './environment.js';
import { resolveHealth } from './health.js';
import { BUS_KEYS, CONFIG_VERSION, MOST_BUFFER, ROOT_KEYS } from './keys.js';
import type { Locate } from './locate.js';
import { Problems } from './problems.js';
import type { Spelling } from './rules.js';
import { resolveServices } from './services.js';
import { TableReader, type ReadContext } from './table-reader.js';
import { TableValues } from './table-values.js';
import type { ResolvedChannel, ResolvedConfig } from './resolved.js';
import type { BusConfig } from './types.js';

/** A configuration before any check, and how to speak of it. */
export interface Draft {
  readonly value: unknown;
  readonly spelling: Spelling;
  /** How messages name it. */
  readonly source: string;
  /** Where relative paths start. */
  readonly folder: string;
  /** The variables that its texts may name; undefined: a dollar is a dollar. */
  readonly environment: Environment | undefined;
  readonly locate: () => Locate;
}

/** Checks a configuration object and fills in its defaults; every broken rule is in the one `ERR_CONFIG` thrown. */
export function resolveConfig(config: BusConfig): ResolvedConfig {
  const locate: Locate = () => undefined;
  const source = 'config object';
  const folder = process.cwd();
  return resolveDraft({
    value: config,
    spelling: 'camel',
    source,
    folder,
    environment: undefined,
    locate: () => locate,
  });
}

export function resolveDraft(draft: Draft): ResolvedConfig {
  refuseNewer(draft);
  const { source, folder, environment, spelling } = draft;
  const origins = new Map<string, string>();
  const problems = new Problems(source, draft.locate, origins);
  const context: ReadContext = { problems, spelling, folder };
  const value = environment === undefined ? draft.value : expandVariables(draft.value, environment, problems, origins);
  problems.throwIfAny();

  const channels = new Map<string, ResolvedChannel>();
  const root = TableReader.read({ value, path: [] }, context, 'a configuration');
  const bus = root === undefined ? undefined : resolveBus(root, context);
  root?.checkKeys(ROOT_KEYS);
  for (const channel of root === undefined ? [] : resolveChannels(root, bus?.bufferSizeMax ?? MOST_BUFFER, context))
    channels.set(channel.name, channel);
  const services = resolveServices(root?.find('services'), context);
  const health = resolveHealth(root?.find('health'), context);
  problems.throwIfAny();
  return { directory: bus?.directory, channels, services, health, source };
}

interface BusSettings {
  readonly directory: string | undefined;
  readonly bufferSizeMax: number;
}

function resolveBus(root: TableReader, context: ReadContext): BusSettings | undefined {
  const found = root.find('bus');
  if (found === undefined) return undefined;
  const table = TableReader.read(found, context, 'the table of the bus');
  if (table === undefined) return undefined;
  const values = new TableValues(table, BUS_KEYS, context);
  values.whole('version');
  const directory = values.text('directory');
  return {
    directory: directory === undefined ? undefined : resolvePath(context.folder, directory),
    bufferSizeMax: values.size('buffer_size_max') ?? MOST_BUFFER,
  };
}

/** Of a newer form nothing else is judged: its keys may be others, and so may its way to name variables. */
function refuseNewer({ value, source, locate, spelling, folder }: Draft): void {
  const problems = new Problems(source, locate);
  const context: ReadContext = { problems, spelling, folder };
  const bus = TableReader.read({ value, path: [] }, context, '')?.find('bus');
  const found = bus === undefined ? undefined : TableReader.read(bus, context, '')?.find('version');
  const version = found?.value;
  if (found === undefined || !Number.isInteger(version) || Number(version) <= CONFIG_VERSION) return;
  problems.add({
    path: found.path,
    found: `version ${Number(version)} of the configuration`,
    expected: `version ${CONFIG_VERSION}, which this package reads`,
    hint: 'it was written for a newer alphapulse-bus: install that one in this service too',
  });
  problems.throwIfAny();
}

function* resolveChannels(root: TableReader, bufferSizeMax: number, context: ReadContext): Generator<ResolvedChannel> {
  const found = root.find('channels') ?? { value: undefined, path: root.pathOf('channels') };
  const table = TableReader.read(found, context, 'a table [channels.NAME] for each channel');
  if (table === undefined) return;
  if (table.size === 0) {
    context.problems.add({ path: table.path, found: 'no channels', expected: 'a table [channels.NAME] for each' });
  }
  for (const [name, entry] of table.entries()) {
    const channel = resolveChannel(name, entry, bufferSizeMax, context);
    if (channel !== undefined) yield channel;
  }
}
