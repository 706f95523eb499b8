import { existsSync, readFileSync, readdirSync, statSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hugePool, numaNodes, writableHugeMount } from '../../layout/huge-mounts.js';
import type { ChannelFigures } from '../../observe/channel-figures.js';
import type { BusError } from '../../platform/bus-error.js';
import { lookAtChannel } from '../look/look-at-channel.js';
import { journalFault } from './journal-fault.js';
import { transparentPages } from './mounts.js';

/** What the machine has of what channels take; undefined: it cannot be told. */
export interface MachineFacts {
  /** Bytes that are free where a path is, or will be. */
  freeBytes(path: string): number | undefined;
  /** The same number for all paths that share what is free. */
  fileSystem(path: string): number | undefined;
  /** Bytes of the files in a folder; 0 where there is none. */
  folderBytes(path: string): number;
  /** Why a channel cannot be recorded in a folder; undefined: nothing is known to be against it. */
  journalFault(folder: string, channel: string): string | undefined;
  /** The channel that is there already, and so takes no more; the error when it cannot be looked at. */
  channel(directory: string, name: string): ChannelFigures | BusError | undefined;
  /** Pages of that size. */
  hugePool(pageBytes: number): { readonly total: number; readonly free: number } | undefined;
  /** Whether this user can have files in such pages. */
  hasHugeMount(pageBytes: number): boolean;
  /** Whether the file system of a path may give transparent huge pages instead. */
  givesTransparentPages(path: string): boolean;
  /** How much one process may lock. */
  memlockBytes(): number | undefined;
  hasNumaNode(node: number): boolean;
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
  fileSystem: (path) => statSync(existing(path), { throwIfNoEntry: false })?.dev,
  folderBytes(path) {
    try {
      return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
    } catch {
      return 0;
    }
  },
  journalFault: (folder, channel) => journalFault(folder, existing(folder), channel),
  channel: lookAtChannel,
  hugePool,
  hasHugeMount: (pageBytes) => writableHugeMount(pageBytes) !== undefined,
  givesTransparentPages(path) {
    const shmemEnabled = textOf('/sys/kernel/mm/transparent_hugepage/shmem_enabled');
    return transparentPages(existing(path), textOf('/proc/self/mountinfo') ?? '', shmemEnabled).given;
  },
  memlockBytes() {
    if (mayLockAll()) return Infinity;
    const match = /^Max locked memory\s+(\S+)/m.exec(textOf('/proc/self/limits') ?? '');
    if (match === null) return undefined;
    return match[1] === 'unlimited' ? Infinity : Number(match[1]);
  },
  hasNumaNode: (node) => numaNodes().includes(node),
};

/** The nearest folder above a path that is there. */
function existing(path: string): string {
  return isThere(path) || dirname(path) === path ? path : existing(dirname(path));
}

/** False also where Node's permission model forbids to look. */
function isThere(path: string): boolean {
  try {
    return existsSync(path);
  } catch {
    return false;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

const CAP_IPC_LOCK = 1n << 14n;

/** The limit does not count for those who may lock whatever they like. */
function mayLockAll(): boolean {
  const capabilities = /^CapEff:\s+([0-9a-f]+)$/m.exec(textOf('/proc/self/status') ?? '')?.[1];
  return capabilities !== undefined && (BigInt(`0x${capabilities}`) & CAP_IPC_LOCK) !== 0n;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
