import { startTicksOf, type Leftover } from './leader.js';
import { signalGroup } from './process-group.js';
import type { Timers } from './timers.js';

const LOOK_MS = 20;

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
  const isThere = ({ pid, startTicks }: Leftover): boolean => startTicksOf(pid) === startTicks;
  for (let waitedMs = 0; leftovers.some(isThere); waitedMs += LOOK_MS) {
    if (waitedMs >= longestMs) for (const { pid } of leftovers.filter(isThere)) signalGroup(pid, 'SIGKILL');
    await new Promise<void>((resolve) => {
      timers.after(LOOK_MS, resolve);
    });
  }
  for (const { pid } of leftovers) signalGroup(pid, 'SIGKILL');
}
