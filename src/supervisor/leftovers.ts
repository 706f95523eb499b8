import { signalGroup } from './process-group.js';
import { membersByGroup, statOf, wasStartedWith } from './process-stat.js';
import type { Timers } from './timers.js';

const LOOK_MS = 20;

/** A process that a leader has started, with all of its group. */
export interface Leftover {
  readonly service: string;
  readonly pid: number;
  /** When it was started, in ticks since the boot. */
  readonly startTicks: string;
}

/**
 * Those of which something is left. When the process itself has ended, its group may be another one that got its number: it
 * is ended only when one of it was started as this service.
 */
export function findLeftovers(noted: readonly Leftover[], directory: string): Leftover[] {
  const groups = membersByGroup();
  return noted.filter(({ service, pid, startTicks }) => {
    const stat = statOf(pid);
    if (stat !== undefined) return stat.startTicks === startTicks;
    const variables = { APBUS_SERVICE: service, APBUS_DIRECTORY: directory };
    return groups.get(pid)?.some((member) => wasStartedWith(member, variables)) === true;
  });
}

/** Ends what a killed supervisor left running: SIGTERM, and after `longestMs` SIGKILL, to each with all that it started. */
export async function endLeftovers(
  leftovers: readonly Leftover[],
  longestMs: number,
  timers: Timers,
  tell: (service: string, pid: number) => void,
): Promise<void> {
  for (const { service, pid } of leftovers) {
    tell(service, pid);
    signalGroup(pid, 'SIGTERM');
    signalGroup(pid, 'SIGCONT');
  }
  let left = leftovers;
  for (let waitedMs = 0; left.length > 0; waitedMs += LOOK_MS) {
    const groups = membersByGroup();
    left = left.filter(({ pid }) => groups.has(pid));
    if (waitedMs >= longestMs) for (const { pid } of left) signalGroup(pid, 'SIGKILL');
    if (left.length === 0) break;
    await new Promise<void>((resolve) => {
      timers.after(LOOK_MS, resolve);
    });
  }
}
