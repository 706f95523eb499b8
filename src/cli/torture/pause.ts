import { setTimeout as later } from 'node:timers/promises';

/** Lets the event loop run for so long. */
export async function pause(ms: number): Promise<void> {
  await later(ms);
}

/** Calls again and again, without keeping the process alive; answers how to end it. */
export function every(ms: number, call: () => void): () => void {
  const timer = setInterval(call, ms);
  timer.unref();
  return () => clearInterval(timer);
}
