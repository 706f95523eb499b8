import { readdirSync } from 'node:fs';
import { readProc, statOf } from './process-stat.js';

/** Longest way up from a process to what has started it, and most processes looked at on the way down. */
const DEPTH_MAX = 64;
const FAMILY_MAX = 4096;

/**
 * Whether a process, by the number that it has for itself, is of the service that was started as process `servicePid`: it
 * is in its process group or session, was started by it in however many steps, or is so in a pid namespace that the service
 * has made for itself. One that has left all of these is not known any more.
 */
export function isOfService(pid: number, servicePid: number): boolean {
  return pid === servicePid || isRelated(pid, servicePid) || innerPidsBelow(servicePid).has(pid);
}

function isRelated(pid: number, servicePid: number): boolean {
  let stat = statOf(pid);
  if (stat?.groupId === servicePid || stat?.sessionId === servicePid) return true;
  for (let depth = 0; depth < DEPTH_MAX && stat !== undefined && stat.parentPid > 1; depth++) {
    if (stat.parentPid === servicePid) return true;
    stat = statOf(stat.parentPid);
  }
  return false;
}

/** The numbers for themselves of those below a process that are in other pid namespaces than this one. */
function innerPidsBelow(top: number): Set<number> {
  const found = new Set<number>();
  const family = [top];
  for (let i = 0; i < family.length && i < FAMILY_MAX; i++) {
    const pid = family[i] ?? 0;
    const [, ...inner] =
      /^NSpid:\s*(.*)$/m
        .exec(readProc(pid, 'status') ?? '')?.[1]
        ?.split(/\s+/)
        .map(Number) ?? [];
    if (inner.length > 0) found.add(inner.at(-1) ?? 0);
    family.push(...childrenOf(pid));
  }
  return found;
}

function childrenOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const words = threads.flatMap((thread) => readProc(pid, `task/${thread}/children`)?.trim().split(' ') ?? []);
  return words.filter((word) => word !== '').map(Number);
}
