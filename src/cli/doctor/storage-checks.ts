import type { Stats } from 'node:fs';
import { formatBytes } from '../output.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** What the file system says of the directory for segments. */
export interface DirectoryFacts {
  readonly path: string;
  /** Undefined: not there yet. */
  readonly stats: Pick<Stats, 'isDirectory' | 'uid' | 'mode'> | undefined;
  /** The nearest folder above that is there: the directory itself when it is. */
  readonly nearest: string;
  /** Whether this user may make files in `nearest`. */
  readonly writable: boolean;
  /** Effective user of this process. */
  readonly user: number;
}

/** Size of a file system, in bytes. */
export interface SpaceFacts {
  /** A folder in it. */
  readonly path: string;
  readonly total: number;
  readonly free: number;
  readonly inMemory: boolean;
}

export function checkDirectory({ path, stats, nearest, writable, user }: DirectoryFacts): Finding {
  if (stats === undefined) {
    if (writable) return ok('directory', `${path} is not there yet; the first channel makes it, mode 0700`);
    return fail(
      'directory',
      `${path} cannot be made: ${nearest} is not writable`,
      'configure another directory, or let this user write there',
    );
  }
  if (!stats.isDirectory())
    return fail('directory', `${path} is not a directory`, 'remove it, or configure another directory');
  if (stats.uid !== user) {
    return fail(
      'directory',
      `${path} belongs to user ${stats.uid}, not ${user}`,
      `run as that user, or configure another directory`,
    );
  }
  const mode = stats.mode & 0o777;
  const octal = `0${mode.toString(8)}`;
  if ((mode & 0o077) !== 0)
    return fail(
      'directory',
      `${path} has mode ${octal}`,
      `other users could read or write messages: chmod 700 ${path}`,
    );
  if (!writable) return fail('directory', `${path} has mode ${octal} and is not writable`, `chmod 700 ${path}`);
  return ok('directory', `${path}, mode ${octal}`);
}

/** What Docker gives a container unless it is told otherwise. */
const SMALL_BYTES = 64 * 1024 ** 2;

/** `needed`: bytes of the segments that are configured but not there yet; undefined without a configuration. */
export function checkSpace(space: SpaceFacts | undefined, needed: number | undefined): Finding {
  if (space === undefined) {
    return fail(
      'space',
      '/dev/shm is not there',
      'mount a tmpfs there (mount -t tmpfs tmpfs /dev/shm), or configure another directory',
    );
  }
  const { path, total, free, inMemory } = space;
  const more = 'give it more (Docker: --shm-size; Kubernetes: emptyDir with medium Memory), or configure smaller rings';
  const found = `${path}: ${formatBytes(free)} free of ${formatBytes(total)}`;
  if (needed !== undefined && needed > free)
    return fail('space', `${found}; the channels still need ${formatBytes(needed)}`, more);
  if (!inMemory) {
    return warn(
      'space',
      `${found}; not in memory`,
      'messages may be written to disk: use a directory in a tmpfs such as /dev/shm',
    );
  }
  return total <= SMALL_BYTES ? warn('space', found, more) : ok('space', found);
}

/** Node itself holds some 20 open; a producer that has woken many consumers takes the most: see docs/operations.md. */
const FILES_ENOUGH = 256;

/** `limit`: how many files this process may open (Infinity: no limit); undefined when the system does not say. */
export function checkOpenFiles(limit: number | undefined): Finding {
  if (limit === undefined) return warn('open-files', 'not known: /proc is not mounted', 'mount /proc');
  if (limit >= FILES_ENOUGH) return ok('open-files', limit === Infinity ? 'no limit' : `${limit}`);
  return warn(
    'open-files',
    `${limit}`,
    'a consumer takes 1 or 2 files; a producer 1, and 1 for each consumer that it woke from subscribe or for await, ' +
      'at most 65: ulimit -n 1024, or LimitNOFILE=1024 in a systemd unit',
  );
}
