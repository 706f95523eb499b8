import { systemClock } from '../platform/clock.js';
import { BEAT_MS, URGENT_BEAT_MS } from './state.js';

/** Something that is to happen with every beat. */
export interface Ticking {
  /** Whether it needs to be called more often than at rest. */
  readonly isUrgent: boolean;
  /** `nowNs` is the monotonic time. */
  tick(nowNs: number): void;
}

const all = new Set<Ticking>();
let timer: NodeJS.Timeout | undefined;
let periodMs = 0;

/**
 * Has it tick with the one timer of this thread, which keeps no process alive, until the function that is returned is
 * called.
 */
export function startTicking(one: Ticking): () => void {
  all.add(one);
  setPeriod();
  return () => {
    all.delete(one);
    setPeriod();
  };
}

function beat(): void {
  const nowNs = systemClock().monotonicNs();
  for (const one of all) one.tick(nowNs);
  setPeriod();
}

/** As often as the most urgent needs it; not at all when there is none. For whoever becomes urgent between two beats. */
export function setPeriod(): void {
  let wanted = all.size > 0 ? BEAT_MS : 0;
  for (const { isUrgent } of all) if (isUrgent) wanted = URGENT_BEAT_MS;
  if (wanted === periodMs) return;
  periodMs = wanted;
  clearInterval(timer);
  timer = wanted === 0 ? undefined : setInterval(beat, wanted).unref();
}
