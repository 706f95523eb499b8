import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lateCrypto } from '../platform/late-modules.js';
import { isWritableFolder } from '../platform/writable-folder.js';

/** A mounted hugetlbfs. */
export interface HugeMount {
  readonly path: string;
  readonly pageBytes: number;
}

const UNITS: Record<string, number> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** The hugetlbfs mounts that this process sees, as `/proc/self/mountinfo` tells them; none where that cannot be read. */
export function hugeMounts(mountinfo = readMountinfo()): HugeMount[] {
  return mountinfo.split('\n').flatMap((line) => {
    // ... <mount point> <options> <optional fields> - <type> <source> <options of the file system>
    const [before = '', after = ''] = line.split(' - ');
    const [type, , options = ''] = after.split(' ');
    const path = before.split(' ')[4];
    const size = /(?:^|,)pagesize=(\d+)([KMG])/.exec(options);
    if (type !== 'hugetlbfs' || path === undefined || size === null) return [];
    return [{ path: unescapedPath(path), pageBytes: Number(size[1]) * UNITS[size[2]!]! }];
  });
}

/** Where this user can have files in pages of that size; undefined: nowhere. */
export function writableHugeMount(pageBytes: number): string | undefined {
  return hugeMounts().find((mount) => mount.pageBytes === pageBytes && isWritableFolder(mount.path))?.path;
}

/** The folder in a hugetlbfs mount for the segments of a bus directory: this user's, then this directory's. */
export function hugeFolders(mount: string, directory: string): readonly [string, string] {
  const user = join(mount, `alphapulse-${process.geteuid?.() ?? 0}`);
  const name = lateCrypto().createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return [user, join(user, name)];
}

/** What the machine has of huge pages of a size: pages in the pool, free ones; undefined: it has no such size. */
export function hugePool(pageBytes: number): { total: number; free: number } | undefined {
  const folder = `/sys/kernel/mm/hugepages/hugepages-${pageBytes / 1024}kB`;
  try {
    const read = (name: string): number => Number(readFileSync(join(folder, name), 'latin1'));
    return { total: read('nr_hugepages'), free: read('free_hugepages') - read('resv_hugepages') };
  } catch {
    return undefined;
  }
}

/** The NUMA nodes of the machine; none where it does not say. */
export function numaNodes(): number[] {
  try {
    return readdirSync('/sys/devices/system/node')
      .flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/**
 * Bytes of a file that mappings of this process have as transparent huge pages, as `/proc/self/smaps` counts them; a file
 * that is mapped twice counts twice. 0 where it cannot be read.
 */
export function transparentHugeBytes(path: string): number {
  let bytes = 0;
  let isOurs = false;
  for (const line of readSmaps().split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isOurs = line.endsWith(` ${path}`);
    const size = isOurs ? /^(?:ShmemPmdMapped|FilePmdMapped):\s+(\d+) kB/.exec(line) : null;
    if (size !== null) bytes += Number(size[1]) * 1024;
  }
  return bytes;
}

function readMountinfo(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

function readSmaps(): string {
  try {
    return readFileSync('/proc/self/smaps', 'utf8');
  } catch {
    return '';
  }
}

/** A path as `/proc/self/mountinfo` has it: blanks and the like stand there as octal numbers. */
export function unescapedPath(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
