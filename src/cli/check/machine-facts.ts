import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** What the machine has of what channels take; undefined: it cannot be told. */
export interface MachineFacts {
  /** Bytes that are free where a path is, or will be. */
  freeBytes(path: string): number | undefined;
  /** Free pages of that size. */
  freeHugePages(pageBytes: number): number | undefined;
  /** How much one process may lock. */
  memlockBytes(): number | undefined;
  hasNumaNode(node: number): boolean | undefined;
}

export const thisMachine: MachineFacts = {
  freeBytes(path) {
    try {
      const { bavail, bsize } = statfsSync(existing(path));
      return bavail * bsize;
    } catch {
      return undefined;
    }
  },
  freeHugePages: (pageBytes) => numberIn(`/sys/kernel/mm/hugepages/hugepages-${pageBytes / 1024}kB/free_hugepages`),
  memlockBytes() {
    const match = /^Max locked memory\s+(\S+)/m.exec(textOf('/proc/self/limits') ?? '');
    if (match === null) return undefined;
    return match[1] === 'unlimited' ? Infinity : Number(match[1]);
  },
  hasNumaNode: (node) => existsSync(`/sys/devices/system/node/node${node}`),
};

/** The nearest folder above a path that is there. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}

function numberIn(path: string): number | undefined {
  const text = textOf(path);
  return text === undefined ? undefined : Number(text);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
