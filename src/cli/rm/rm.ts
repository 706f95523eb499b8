import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { withCreationLock } from '../../layout/creation-lock.js';
import { removeJournal } from '../../journal/remove-journal.js';
import { lockJournal } from '../../journal/writer-lock.js';
import { openPrivateFile } from '../../layout/private-file.js';
import { ensureDirectory, quarantinePath, takeoverPath } from '../../layout/directory.js';
import { locateSegment, signpostPath } from '../../layout/segment-place.js';
import { inspectChannel, type EndpointInfo } from '../../liveness/index.js';
import { isAttached } from '../../liveness/state.js';
import { BusError } from '../../platform/bus-error.js';
import { loadNative } from '../../platform/load-native.js';
import { clearLeftovers, findLeftovers, type Leftover } from '../doctor/leftovers.js';
import { ExitCode } from '../exit-code.js';
import { expectDirectory, findChannels, type LookOptions } from '../look/found-channels.js';
import { unknownChannel } from '../look/unknown-channel.js';
import { formatJson, type Output } from '../output.js';
import { expectRemovable, removeByForce } from './by-force.js';
import { removeConsumer } from './forget-consumer.js';
import type { Removal } from './removal.js';

export interface RmOptions extends LookOptions {
  readonly all?: true;
  readonly quarantine?: true;
  readonly journal?: true;
  readonly force?: true;
  readonly consumer?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export function addRm(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('rm [channels...]')
    .description('removes the segments of channels that nobody has open, with the messages and cursors in them')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--all', 'all channels that have a segment')
    .option('--quarantine', 'also the messages that consumers have set aside')
    .option('--journal', 'also the journal')
    .option(
      '--force',
      'also what is no segment of this user alone: files others can write, links; never what is in use',
    )
    .option('--consumer <name>', 'only what the channels keep for this consumer, which nobody has open; they go on')
    .option('--dry-run', 'only say what would be removed')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  apbus rm signals\n  apbus rm --all --dry-run\n  apbus rm broken --force\n  apbus rm signals --consumer old_strategy',
    )
    .action(async (channels: string[], options: RmOptions) => finish(await rm(channels, options, output)));
}

/** `apbus rm` */
export async function rm(names: readonly string[], options: RmOptions, output: Output): Promise<ExitCode> {
  expectDirectory(options);
  const { directory, channels } = await findChannels(options);
  const leftovers = findLeftovers(directory);
  if (names.length === 0 && options.all !== true)
    throw new BusError('ERR_INVALID_ARGUMENT', 'name the channels to remove, or say --all');
  const { consumer } = options;
  if (consumer !== undefined && (options.quarantine ?? options.journal ?? options.force) === true)
    throw new BusError('ERR_INVALID_ARGUMENT', '--consumer goes without --quarantine, --journal and --force');
  const known = new Map(channels.map((channel) => [channel.name, channel]));
  const chosen = names.length > 0 ? names : [...known.keys()];
  for (const name of chosen) {
    if (!known.has(name)) throw unknownChannel(name, [...known.keys()], `is configured, or in ${directory}`);
  }
  const removals = chosen.map((channel) => {
    if (consumer !== undefined) return removeConsumer(directory, channel, consumer, options.dryRun === true);
    const journal = known.get(channel)?.configured?.persistence?.directory;
    return remove(channel, directory, leftovers, options, journal);
  });
  if (options.json) output.data(formatJson({ directory, dryRun: options.dryRun === true, removals }));
  for (const { channel, removed, refused } of removals) {
    const would = options.dryRun ? 'would remove' : 'removed';
    if (refused !== undefined) output.message(`apbus: channel ${channel}: ${refused}\n`);
    else if (removed.length === 0) output.message(`apbus: channel ${channel}: nothing is there\n`);
    else for (const path of removed) output.message(`apbus: ${would} ${path}\n`);
  }
  return removals.some(({ refused }) => refused !== undefined) ? ExitCode.FAILED : ExitCode.OK;
}

function remove(
  channel: string,
  directory: string,
  leftovers: readonly Leftover[],
  options: RmOptions,
  journal: string | undefined,
): Removal {
  const alive = livingEndpoints(directory, channel);
  if (alive.length > 0) {
    const who = alive.map(({ role, name, pid }) => `${role} ${name} (process ${pid})`).join(', ');
    return { channel, removed: [], refused: `it is in use by ${who}; stop them first` };
  }
  const place = placeOf(directory, channel);
  if ('reason' in place) return removeOdd(channel, directory, place, options, journal);
  const { path } = place;
  const own = leftovers.filter((leftover) => leftover.path === path || leftover.path === `${path}.new`);
  if (own.length === 0 && existsSync(path))
    return { channel, removed: [], refused: 'a process has it open, or is just opening it; stop it first' };
  if (options.dryRun) {
    return { channel, removed: [...own.map((one) => one.path), ...belongings(channel, directory, options, journal)] };
  }
  const cleared = clearLeftovers(own, directory);
  const stuck = cleared.find((leftover) => typeof leftover.cleared === 'string');
  if (stuck !== undefined) return { channel, removed: [], refused: String(stuck.cleared) };
  const removed = cleared.map((leftover) => leftover.path);
  return withBelongings(channel, directory, removed, options, journal);
}

function withBelongings(
  channel: string,
  directory: string,
  removed: readonly string[],
  options: RmOptions,
  journal: string | undefined,
): Removal {
  if (belongings(channel, directory, options, journal).length === 0) return { channel, removed };
  try {
    return { channel, removed: [...removed, ...removeBelongings(channel, directory, options, journal)] };
  } catch (error) {
    if (!BusError.is(error)) throw error;
    return { channel, removed, refused: error.message };
  }
}

/** Something that stands in a segment's place, or in that of its signpost, and which the bus would not open. */
interface OddPlace {
  readonly path: string;
  readonly reason: string;
}

/** Where a channel's segment is, or would be. */
function placeOf(directory: string, channel: string): { readonly path: string } | OddPlace {
  let path = signpostPath(directory, channel);
  try {
    path = locateSegment(directory, channel);
    const fd = openPrivateFile(path);
    if (fd !== undefined) loadNative().closeFile(fd);
    return { path };
  } catch (error) {
    if (BusError.is(error)) return { path, reason: error.message };
    throw error;
  }
}

/** By force only; then as the one thing that is removed, with what belongs to it. */
function removeOdd(
  channel: string,
  directory: string,
  { path, reason }: OddPlace,
  options: RmOptions,
  journal: string | undefined,
): Removal {
  if (options.force !== true) return { channel, removed: [], refused: `${reason} (--force removes it)` };
  try {
    if (options.dryRun) {
      expectRemovable(path);
      const others = belongings(channel, directory, options, journal).filter((other) => other !== path);
      return { channel, removed: [path, ...others] };
    }
    removeByForce(path);
  } catch (error) {
    if (BusError.is(error)) return { channel, removed: [], refused: error.message };
    throw error;
  }
  return withBelongings(channel, directory, [path], options, journal);
}

/**
 * Nobody makes the channel anew meanwhile: what belongs to a new life of it is left alone.
 *
 * @throws BusError `ERR_RESOURCES` when it has been made anew; `ERR_JOURNAL` when another bus writes its journal
 */
function removeBelongings(
  channel: string,
  directory: string,
  options: RmOptions,
  journal: string | undefined,
): readonly string[] {
  ensureDirectory(directory);
  return withCreationLock(directory, channel, () => {
    if (existsSync(locateSegment(directory, channel))) {
      const what = `channel ${channel} has been made anew meanwhile; what belongs to it was left alone`;
      throw new BusError('ERR_RESOURCES', what, { channel });
    }
    const paths = belongings(channel, directory, options, journal);
    const unlock = journal !== undefined && paths.includes(journal) ? lockJournal(journal) : undefined;
    try {
      return paths.flatMap((path) => {
        if (path === journal) return removeJournal(journal);
        rmSync(path, { recursive: true, force: true });
        return [path];
      });
    } finally {
      unlock?.();
    }
  });
}

function livingEndpoints(directory: string, channel: string): EndpointInfo[] {
  try {
    return inspectChannel(directory, channel).filter(isAttached);
  } catch (error) {
    // One that is damaged, or of another version, has nobody whom this version could name: the kernel's locks decide.
    if (BusError.is(error)) return [];
    throw error;
  }
}

/** What else there is of a channel. */
function belongings(channel: string, directory: string, options: RmOptions, journal: string | undefined): string[] {
  const wakes = namesIn(directory).filter((name) => name.startsWith(`${channel}.`) && /\.\d+\.wake$/.test(name));
  const paths = wakes
    .filter((name) => name.slice(0, -'.wake'.length).replace(/\.\d+$/, '') === channel)
    .map((name) => join(directory, name));
  if (namesIn(directory).includes(`${channel}.takeover`)) paths.push(takeoverPath(directory, channel));
  const signpost = signpostPath(directory, channel);
  if (existsSync(signpost)) paths.push(signpost);
  const hasQuarantine = namesIn(directory).includes(`${channel}.quarantine`);
  if (options.quarantine && hasQuarantine) paths.push(quarantinePath(directory, channel));
  if (options.journal && journal !== undefined && namesIn(journal).length > 0) paths.push(journal);
  return paths;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
