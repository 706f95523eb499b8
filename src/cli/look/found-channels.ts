import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_CONFIG_PATH } from '../../bus/config/default-path.js';
import type { HealthSettings, ResolvedChannel } from '../../bus/config/index.js';
import { defaultDirectory } from '../../layout/directory.js';
import { Segment } from '../../layout/segment.js';
import { channelsIn } from '../../observe/watched-channels.js';
import { BusError } from '../../platform/bus-error.js';
import { unknownChannel } from './unknown-channel.js';

/** Where a command looks. */
export interface LookOptions {
  readonly config?: string;
  readonly directory?: string;
  /** A file that `apbus capture` made, in the place of a directory. */
  readonly capture?: string;
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
  /** Of the configuration. */
  readonly health: HealthSettings | undefined;
}

/**
 * The channels of a configuration and those that have a segment. Without a configuration, which may then be missing at its
 * usual place, those that have one. With a capture it is those that are in it.
 */
export async function findChannels({ config, directory: named, capture }: LookOptions): Promise<Found> {
  const directory =
    capture === undefined ? named : (await import('./opened-captures.js')).openedCapture(capture, named).directory;
  const isUsual = config === undefined && (directory !== undefined || !existsSync(DEFAULT_CONFIG_PATH));
  // the reader of configurations is loaded where there is one
  const loaded = isUsual ? undefined : await (await import('../../bus/config/index.js')).loadConfig(config);
  const place = resolve(directory ?? loaded?.directory ?? defaultDirectory());
  const configured = [...(loaded?.channels.values() ?? [])];
  const names = channelsIn(place).filter((name) => !configured.some((channel) => channel.name === name));
  return {
    source: loaded?.source,
    directory: place,
    health: loaded?.health,
    channels: [
      ...configured.map((channel) => ({ name: channel.name, configured: channel })),
      ...names.map((name) => ({ name, configured: undefined })),
    ],
  };
}

/**
 * A directory that is named on the command line is expected to be there. That of the configuration, or the default one,
 * need not be: the first service makes it.
 *
 * @throws BusError `ERR_INVALID_ARGUMENT`
 */
export function expectDirectory({ directory }: LookOptions): void {
  if (directory === undefined || existsSync(directory)) return;
  const expected = 'expected the directory of a bus; it is made by the first service that opens a channel there';
  throw new BusError('ERR_INVALID_ARGUMENT', `--directory: ${resolve(directory)} is not there, ${expected}`);
}

/**
 * The segment of a channel, to look at.
 *
 * @throws BusError `ERR_UNKNOWN_CHANNEL` when it has none; `ERR_INVALID_ARGUMENT` for a directory that is not there
 */
export async function openToLook(channel: string, options: LookOptions): Promise<Segment> {
  expectDirectory(options);
  const { directory, channels } = await findChannels(options);
  const segment = /^[\w.-]+$/.test(channel)
    ? Segment.openExisting(directory, channel, { ringWritable: false })
    : undefined;
  if (segment !== undefined) return segment;
  const there = channels.map(({ name }) => name);
  if (!there.includes(channel)) throw unknownChannel(channel, there, `in ${options.capture ?? directory}`);
  const found = `channel ${channel} has no segment in ${directory} yet`;
  throw new BusError('ERR_UNKNOWN_CHANNEL', `${found}; it is made by the first service that opens it`, { channel });
}
