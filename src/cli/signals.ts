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
