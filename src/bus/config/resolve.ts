import { resolve as resolvePath } from 'node:path';
import { resolveChannel } from './channel.js';
import { BUS_KEYS, ROOT_KEYS, type Spelling } from './keys.js';
import type { Locate } from './locate.js';
import { describe, Problems } from './problems.js';
import { TableReader, type ReadContext } from './table-reader.js';
import type { BusConfig, ResolvedChannel, ResolvedConfig } from './types.js';

/** A configuration before any check, and how to speak of it. */
export interface Draft {
  readonly value: unknown;
  readonly spelling: Spelling;
  /** How messages name it. */
  readonly source: string;
  /** Where a relative directory starts. */
  readonly folder: string;
  readonly locate: () => Locate;
}

/** Checks a configuration object and fills in its defaults; every broken rule is in the one `ERR_CONFIG` thrown. */
export function resolveConfig(config: BusConfig): ResolvedConfig {
  const locate: Locate = () => undefined;
  const source = 'config object';
  return resolveDraft({ value: config, spelling: 'camel', source, folder: process.cwd(), locate: () => locate });
}

export function resolveDraft(draft: Draft): ResolvedConfig {
  const problems = new Problems(draft.source, draft.locate);
  const context: ReadContext = { problems, spelling: draft.spelling };
  const channels = new Map<string, ResolvedChannel>();
  let directory: string | undefined;

  const root = TableReader.read({ value: draft.value, path: [] }, context, 'a configuration');
  if (root !== undefined) {
    root.checkKeys(ROOT_KEYS);
    directory = resolveDirectory(root, draft.folder, context);
    for (const channel of resolveChannels(root, context)) channels.set(channel.name, channel);
  }
  problems.throwIfAny();
  return { directory, channels, services: new Map(), source: draft.source };
}

function resolveDirectory(root: TableReader, folder: string, context: ReadContext): string | undefined {
  const busFound = root.find('bus');
  if (busFound === undefined) return undefined;
  const bus = TableReader.read(busFound, context, 'the table of the bus');
  bus?.checkKeys(BUS_KEYS);
  const found = bus?.find('directory');
  if (found === undefined) return undefined;

  const { value, path } = found;
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return resolvePath(folder, value);
  context.problems.add({ path, found: describe(value), expected: 'the path of a folder' });
  return undefined;
}

function* resolveChannels(root: TableReader, context: ReadContext): Generator<ResolvedChannel> {
  const found = root.find('channels') ?? { value: undefined, path: root.pathOf('channels') };
  const table = TableReader.read(found, context, 'a table [channels.NAME] for each channel');
  if (table === undefined) return;
  if (table.size === 0) {
    context.problems.add({ path: table.path, found: 'no channels', expected: 'a table [channels.NAME] for each' });
  }
  for (const [name, entry] of table.entries()) {
    const channel = resolveChannel(name, entry, context);
    if (channel !== undefined) yield channel;
  }
}
