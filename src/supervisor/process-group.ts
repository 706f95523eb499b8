/**
 * Sends a signal to a process that leads its group, and to all of that group. False when there are such and none of them takes
 * it from this user; nobody left is no failure.
 */
export function signalGroup(leaderPid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(-leaderPid, name);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'EPERM') return false;
    if (code !== 'ESRCH') throw error;
  }
  return true;
}
