import type { ChannelType } from '../../layout/schema.js';

/** How endpoints wait: `spin` has a processor for every process, `park` gives it up. */
export type BenchIdle = 'spin' | 'park';

/** One thing that `apbus bench` measures. */
export interface Measurement {
  readonly name: 'throughput' | 'round trip';
  readonly type: ChannelType;
  readonly messageBytes: number;
  readonly producers: number;
  readonly consumers: number;
}

const SIZES = [64, 1024] as const;
const SIDES: readonly (readonly [ChannelType, number, number])[] = [
  ['SPSC', 1, 1],
  ['SPMC', 1, 2],
  ['MPSC', 2, 1],
  ['MPMC', 2, 2],
];

/** All of them, in the order of the table. A round trip has a channel there, and one back. */
export const MEASUREMENTS: readonly Measurement[] = [
  ...SIDES.flatMap(([type, producers, consumers]) =>
    SIZES.map((messageBytes) => ({ name: 'throughput' as const, type, messageBytes, producers, consumers })),
  ),
  { name: 'round trip', type: 'SPSC', messageBytes: 64, producers: 1, consumers: 1 },
];

/** Spinning pays only where each process has a processor of its own. */
export function idleFor({ producers, consumers }: Measurement, processors: number): BenchIdle {
  return producers + consumers <= processors ? 'spin' : 'park';
}

/** What a process of a measurement is told, as JSON. */
export interface BenchTask {
  readonly role: 'producer' | 'consumer' | 'ping' | 'pong';
  readonly directory: string;
  readonly measurement: Measurement;
  readonly idle: BenchIdle;
  /** Tells processes of one role apart. */
  readonly number: number;
  readonly durationNs: number;
}

/** What a process answers when it is done. */
export type BenchAnswer = Written | Received | RoundTrips | Echoed;

interface Written {
  readonly written: number;
}

/** `perSecond` in the measured time; `received` with what came before and after it. */
interface Received {
  readonly received: number;
  readonly perSecond: number;
}

interface RoundTrips {
  readonly trips: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
}

interface Echoed {
  readonly echoed: true;
}
