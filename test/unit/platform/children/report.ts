import { parentPort } from 'node:worker_threads';

/** Tells the test, from a worker as from a process. */
export function report(message: unknown): void {
  if (parentPort !== null) parentPort.postMessage(message);
  else process.send?.(message);
}

/** Keeps this process or worker alive until somebody ends it. */
export function stayAlive(): void {
  (parentPort ?? process).on('message', () => undefined);
}

export function argument(index: number): string {
  const value = process.argv[2 + index];
  if (value === undefined) throw new Error(`argument ${index} is missing`);
  return value;
}
