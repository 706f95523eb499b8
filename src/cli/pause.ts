import { setTimeout as later } from 'node:timers/promises';

/** Lets the event loop run for so long, or until the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await later(ms, undefined, signal && { signal });
  } catch {
    // aborted: whoever waits looks at the signal
  }
}

/** Calls again and again, without keeping the process alive; answers how to end it. */
export function every(ms: number, call: () => void): () => void {
  const timer = setInterval(call, ms);
  timer.unref();
  return () => clearInterval(timer);
}
