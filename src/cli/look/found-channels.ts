import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_CONFIG_PATH } from '../../bus/config/default-path.js';
import type { ResolvedChannel } from '../../bus/config/index.js';
import { defaultDirectory } from '../../layout/directory.js';
import { Segment } from '../../layout/segment.js';
import { BusError } from '../../platform/bus-error.js';

/** Where a command looks. */
export interface LookOptions {
  readonly config?: string;
  readonly directory?: string;
}

/** A channel that is configured, or has a segment, or both. */
export interface FoundChannel {
  readonly name: string;
  readonly configured: ResolvedChannel | undefined;
}

export interface Found {
  /** The configuration's file; undefined when there is none. */
  readonly source: string | undefined;
  readonly directory: string;
  readonly channels: readonly FoundChannel[];
}

/**
 * The channels of a configuration and those that have a segment. Without a configuration, which may then be missing at its
 * usual place, those that have one.
 */
export async function findChannels({ config, directory }: LookOptions): Promise<Found> {
  const isUsual = config === undefined && (directory !== undefined || !existsSync(DEFAULT_CONFIG_PATH));
  // the reader of configurations is loaded where there is one
  const loaded = isUsual ? undefined : await (await import('../../bus/config/index.js')).loadConfig(config);
  const place = resolve(directory ?? loaded?.directory ?? defaultDirectory());
  const configured = [...(loaded?.channels.values() ?? [])];
  const names = segmentsIn(place).filter((name) => !configured.some((channel) => channel.name === name));
  return {
    source: loaded?.source,
    directory: place,
    channels: [
      ...configured.map((channel) => ({ name: channel.name, configured: channel })),
      ...names.map((name) => ({ name, configured: undefined })),
    ],
  };
}

function segmentsIn(directory: string): string[] {
  try {
    // a segment in huge pages stands elsewhere; a signpost says so
    const names = readdirSync(directory).flatMap((name) => /^(.+)\.ring(?:\.huge)?$/.exec(name)?.[1] ?? []);
    return [...new Set(names)].sort();
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === 'ENOENT') return [];
    throw new BusError('ERR_PERMISSION', `cannot look into ${directory}: ${(cause as Error).message}`, { cause });
  }
}

/** The segment of a channel, to look at. @throws BusError `ERR_UNKNOWN_CHANNEL` when it has none */
export async function openToLook(channel: string, options: LookOptions): Promise<Segment> {
  const { directory, channels } = await findChannels(options);
  const segment = /^[\w.-]+$/.test(channel)
    ? Segment.openExisting(directory, channel, { ringWritable: false })
    : undefined;
  if (segment !== undefined) return segment;
  const there = channels.map(({ name }) => name);
  const isConfigured = there.includes(channel);
  const found = isConfigured ? `channel ${channel} has no segment in ${directory} yet` : `no channel "${channel}"`;
  const known = there.length === 0 ? `there is none in ${directory}` : `there are: ${there.join(', ')}`;
  const hint = isConfigured ? 'it is made by the first service that opens it' : known;
  throw new BusError('ERR_UNKNOWN_CHANNEL', `${found}; ${hint}`, { channel });
}
