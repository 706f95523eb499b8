import type { Counters, EndpointFigures } from '../../../observe/channel-figures.js';
import { LatencyChanges } from './latency-changes.js';

/** An endpoint at one moment, and what has happened since earlier ones. */
export interface EndpointSample {
  readonly figures: EndpointFigures;
  /** Its counters, and `lost`, a second since the last look; undefined at the first one. */
  readonly perSecond: Counters | undefined;
  /** The same counters since the view began, or began anew. */
  readonly counted: Counters;
  /** Latencies of the last looks. */
  readonly recent: LatencyChanges;
  /** Latencies since the view began, or began anew. */
  readonly since: LatencyChanges;
}

interface Mark {
  readonly figures: EndpointFigures;
  readonly atMs: number;
}

/** What one who looks keeps of an endpoint to tell what has changed: four moments of it. */
export class EndpointTrack {
  private begin: Mark;
  private before: Mark;
  private older: Mark;
  private newer: Mark;
  private isFirst = true;

  constructor(figures: EndpointFigures, atMs: number) {
    const first = { figures, atMs };
    this.begin = first;
    this.before = first;
    this.older = first;
    this.newer = first;
  }

  /**
   * Recent is what came in the last `windowMs` to twice as many; 0: since the last look. Infinity, of a capture, in which nothing
   * comes any more: all that there is.
   */
  look(figures: EndpointFigures, atMs: number, windowMs: number): EndpointSample {
    const seconds = (atMs - this.before.atMs) / 1000;
    const changes = difference(countersOf(figures), countersOf(this.before.figures));
    const hasRate = !this.isFirst && seconds > 0;
    if (windowMs === 0) this.older = this.before;
    const sample = {
      figures,
      perSecond: hasRate ? scaled(changes, 1 / seconds) : undefined,
      counted: difference(countersOf(figures), countersOf(this.begin.figures)),
      recent: new LatencyChanges(figures, windowMs === Infinity ? undefined : this.older.figures),
      since: new LatencyChanges(figures, windowMs === Infinity ? undefined : this.begin.figures),
    };
    this.isFirst = false;
    this.before = { figures, atMs };
    if (atMs - this.newer.atMs >= windowMs) {
      this.older = this.newer;
      this.newer = this.before;
    }
    return sample;
  }

  /** Counts from the last look on. */
  beginAnew(): void {
    this.begin = this.before;
    this.older = this.before;
    this.newer = this.before;
  }
}

function countersOf({ counters, lost }: EndpointFigures): Counters {
  return { ...counters, lost: lost ?? 0 };
}

/** A counter that is less than it was counts anew: another endpoint has the slot. One that was not there is as it was. */
function difference(now: Counters, then: Counters): Counters {
  const entries = Object.entries(now).map(([key, value]) => {
    const earlier = then[key] ?? value;
    return [key, value >= earlier ? value - earlier : value];
  });
  return Object.fromEntries(entries) as Counters;
}

function scaled(counters: Counters, factor: number): Counters {
  return Object.fromEntries(Object.entries(counters).map(([key, value]) => [key, value * factor]));
}
