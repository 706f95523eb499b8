import type { EndpointFigures } from '../../../observe/channel-figures.js';
import type { Latencies } from '../../../observe/latencies.js';

/** `write` of producers, the others of consumers. */
export const TIMED = ['write', 'queue', 'total', 'handling'] as const;
export type Timed = (typeof TIMED)[number];

const FIELDS = {
  write: 'writeLatency',
  queue: 'queueLatency',
  total: 'totalLatency',
  handling: 'handlingLatency',
} as const satisfies Record<Timed, keyof EndpointFigures>;

/** The latencies that an endpoint timed between two moments; each is worked out when somebody asks for it. */
export class LatencyChanges {
  private readonly now: EndpointFigures;
  private readonly before: EndpointFigures | undefined;
  private readonly known = new Map<Timed, Latencies | undefined>();

  /** Without an earlier moment it is all that it ever timed. */
  constructor(now: EndpointFigures, before: EndpointFigures | undefined) {
    this.now = now;
    this.before = before;
  }

  /** Undefined where the endpoint has no such latency. */
  of(what: Timed): Latencies | undefined {
    if (!this.known.has(what)) this.known.set(what, this.between(what));
    return this.known.get(what);
  }

  toJSON(): Readonly<Record<string, Latencies>> {
    return Object.fromEntries(
      TIMED.flatMap((what) => {
        const latencies = this.of(what);
        return latencies === undefined ? [] : [[what, latencies]];
      }),
    );
  }

  private between(what: Timed): Latencies | undefined {
    const now = this.now[FIELDS[what]];
    const before = this.before?.[FIELDS[what]];
    return now === undefined || before === undefined ? now : now.since(before);
  }
}
