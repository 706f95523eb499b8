import { lstatSync, readFileSync, statfsSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { loadNative, nativePath } from '../../platform/load-native.js';
import { isWritableFolder } from '../../platform/writable-folder.js';
import type { LoadedAddon } from './runtime-checks.js';
import type { DirectoryFacts, SpaceFacts } from './storage-checks.js';

/** Magic numbers of file systems that live in memory: tmpfs, hugetlbfs, ramfs. */
export const IN_MEMORY = new Set([0x01021994, 0x958458f6, 0x858458f6]);

/** Loads the addon, or keeps the error. */
export function addonOf(): LoadedAddon {
  try {
    return { native: loadNative(), path: nativePath() };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error };
  }
}

export function directoryFacts(path: string): DirectoryFacts {
  let nearest = path;
  while (statsOf(nearest) === undefined && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return { path, stats: statsOf(path), nearest, writable: isWritableFolder(nearest), user: process.geteuid?.() ?? 0 };
}

/** The file system of a folder; undefined when the folder is not there, or cannot be asked. */
export function spaceFacts(path: string): SpaceFacts | undefined {
  if (statsOf(path) === undefined) return undefined;
  try {
    const { type, bsize, blocks, bavail } = statfsSync(path);
    return { path, total: blocks * bsize, free: bavail * bsize, inMemory: IN_MEMORY.has(type) };
  } catch {
    return undefined;
  }
}

/** The soft limit of open files, as /proc tells it. */
export function openFilesLimit(): number | undefined {
  let limits: string;
  try {
    limits = readFileSync('/proc/self/limits', 'latin1');
  } catch {
    return undefined;
  }
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Infinity : Number(soft);
}

/** What stands at a path, links not followed; undefined when nothing does, or when it cannot be reached. */
export function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
