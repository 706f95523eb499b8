import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel says of a process that lives. */
export interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** When it was started, in ticks since the boot: tells it from a later process with its number. */
  readonly startTicks: string;
}

/** Reads /proc/PID/stat; undefined when the process has ended. The name in it may hold anything: what counts is behind that. */
export function statOf(pid: number): ProcessStat | undefined {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parentPid, groupId, sessionId] = fields;
  // a zombie has ended; only its parent does not know yet
  if (state === 'Z' || state === 'X') return undefined;
  return {
    pid,
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    sessionId: Number(sessionId),
    startTicks: fields[19] ?? '',
  };
}

/** The processes that live, by their group; its leader may have ended. */
export function membersByGroup(): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat === undefined) continue;
    const members = groups.get(stat.groupId);
    if (members === undefined) groups.set(stat.groupId, [stat.pid]);
    else members.push(stat.pid);
  }
  return groups;
}

/** Whether a process was started with these variables; false as well when that cannot be told. */
export function wasStartedWith(pid: number, variables: Readonly<Record<string, string>>): boolean {
  const found = new Set(readProc(pid, 'environ')?.split('\0'));
  return Object.entries(variables).every(([name, value]) =>
    found.has(Buffer.from(`${name}=${value}`).toString('latin1')),
  );
}

/** A file of a process in /proc; undefined when it has ended, or is not to be looked at. */
export function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return undefined;
  }
}
