import { fstatSync } from 'node:fs';
import { beatBegins, beatEnds, nudgeSleeper } from '../channel/nudge.js';
import { reapForOthers, reaperOf } from '../channel/reaper.js';
import { registerForWakeups } from '../channel/wakeups.js';
import type { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { systemClock } from '../platform/clock.js';
import { noteBeat } from './beat.js';
import { noteSights } from './sights.js';
import { setPeriod, startTicking, type Ticking } from './ticker.js';

const pulses = new Map<string, ChannelPulse>();

/**
 * Beats for an endpoint of this thread, from now on until the function that is returned is called: stores in its slot
 * that the event loop turns, and looks after the other endpoints of its channel, once for all of this thread. So a dead
 * consumer is found within a beat, also when nobody waits for room.
 */
export function keepPulse(segment: Segment): () => void {
  const { dev, ino } = fstatSync(segment.fd);
  const key = `${dev}:${ino}`;
  const pulse = pulses.get(key) ?? new ChannelPulse();
  pulses.set(key, pulse);
  pulse.add(segment);
  return () => {
    if (pulse.remove(segment)) pulses.delete(key);
  };
}

/** The endpoints of this thread in one segment. */
class ChannelPulse implements Ticking {
  /** Whether a consumer of the channel has times that must be kept. */
  isUrgent = false;
  private readonly segments = new Set<Segment>();
  private readonly stop = startTicking(this);

  /** The first tick comes at once: what there is to see, others may want to know soon. */
  add(segment: Segment): void {
    this.segments.add(segment);
    beatBegins(segment);
    this.beat(systemClock().monotonicNs());
    setPeriod();
  }

  /** Whether it was the last. */
  remove(segment: Segment): boolean {
    this.segments.delete(segment);
    beatEnds(segment);
    if (this.segments.size > 0) return false;
    this.stop();
    return true;
  }

  /** By then a process that has just started has handled what it was started for. */
  tick(nowNs: number): void {
    registerForWakeups();
    this.beat(nowNs);
  }

  private beat(nowNs: number): void {
    for (const segment of this.segments) nudgeSleeper(segment);
    const [first] = this.segments;
    // A touch of what is missing ends the process. Who waits is told, by its own call.
    if (first === undefined || first.isTruncated()) return;
    for (const segment of this.segments) noteBeat(segment, nowNs);
    try {
      noteSights(first, nowNs);
      reapForOthers(first, nowNs);
      this.isUrgent = reaperOf(first).hasTimes();
    } catch (error) {
      // The same damage meets the calls of the endpoints, which say so.
      if (!BusError.is(error)) throw error;
    }
  }
}
