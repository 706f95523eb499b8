/** Sends a signal to a process that leads its group, and to all of that group. */
export function signalGroup(leaderPid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leaderPid, name);
  } catch (error) {
    // nobody of it is left
    if ((error as { code?: unknown }).code !== 'ESRCH') throw error;
  }
}
