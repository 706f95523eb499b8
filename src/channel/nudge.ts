import type { Segment } from '../layout/segment.js';

/*
 * An event loop that beats wakes up for it, and to wake up is most of what an idle process costs. So where there
 * is a beat, a consumer that sleeps sets no timer for what wakes nobody: at each beat it is nudged, and looks for it.
 */

const beaten = new WeakSet<Segment>();
const sleepers = new WeakMap<Segment, () => void>();

/** Said by whoever beats for an attachment, and calls {@link nudgeSleeper} at every beat until {@link beatEnds}. */
export function beatBegins(segment: Segment): void {
  beaten.add(segment);
}

export function beatEnds(segment: Segment): void {
  beaten.delete(segment);
}

export function isBeaten(segment: Segment): boolean {
  return beaten.has(segment);
}

/** `nudge` looks whether the one that sleeps at this attachment must wake; asleep or not. */
export function setSleeper(segment: Segment, nudge: () => void): void {
  sleepers.set(segment, nudge);
}

export function nudgeSleeper(segment: Segment): void {
  sleepers.get(segment)?.();
}
