const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `work` with a signal that aborts when the process is told to end; the process then ends when `work` does. */
export async function untilTold<Result>(work: (told: AbortSignal) => Promise<Result>): Promise<Result> {
  const told = new AbortController();
  const end = (): void => told.abort();
  for (const name of ENDS) process.on(name, end);
  try {
    return await work(told.signal);
  } finally {
    for (const name of ENDS) process.off(name, end);
  }
}

/**
 * Ends this process as the hang-up of its terminal ends others. Node.js 20 would fail an assertion, and dump its memory: at
 * its end it sets the terminal back, and that is not there any more.
 */
export function dieOfHangUp(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
