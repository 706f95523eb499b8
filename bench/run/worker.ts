import { once } from 'node:events';
import { systemClock } from '#src/platform/clock.js';

/*
 * The side of a worker process. It gets its settings as its only argument, prepares itself (attaches, allocates), says
 * that it is ready, and starts when its parent gives the time at which all begin.
 */

/** When all workers begin, on the clock that all processes of a machine share. */
export interface Go {
  readonly startNs: number;
}

/** A worker's answer to {@link Go}; may be awaited. */
export type Work = (go: Go) => unknown;

/** Nanoseconds of `CLOCK_MONOTONIC`. */
export function nowNs(): number {
  return systemClock().monotonicNs();
}

/** Keeps the processor busy until that time, so that it is awake and at speed. */
export function spinUntil(ns: number): void {
  while (nowNs() < ns);
}

/** Runs a worker's main part; call it once, at the end of its file. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it says what the worker's parent sends
export async function runWorker<Settings>(prepare: (settings: Settings) => Work | Promise<Work>): Promise<void> {
  const settings = JSON.parse(process.argv[2] ?? '{}') as Settings;
  const work = await prepare(settings);
  const go = once(process, 'message') as Promise<[Go]>;
  process.send?.({ ready: true });
  const [message] = await go;
  const result: unknown = await work(message);
  process.send?.({ result: result ?? null }, () => process.disconnect());
}
