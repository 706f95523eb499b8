import type { ChannelType, IdleStrategy } from 'alphapulse-bus';
import type { LatencyIdle } from './workers/paced.js';

export const KIB = 1024;
export const MIB = 1024 * 1024;

/** How many processes a channel type is measured with. */
export const ENDPOINTS: Readonly<Record<ChannelType, { readonly producers: number; readonly consumers: number }>> = {
  SPSC: { producers: 1, consumers: 1 },
  SPMC: { producers: 1, consumers: 2 },
  MPSC: { producers: 3, consumers: 1 },
  MPMC: { producers: 2, consumers: 2 },
};

export const TYPES: readonly ChannelType[] = ['SPSC', 'SPMC', 'MPSC', 'MPMC'];
export const MESSAGE_SIZES: readonly number[] = [64, 256, KIB, 4 * KIB];
export const RING_SIZES: readonly number[] = [MIB, 64 * MIB];

/** What all scenarios have. */
interface ChannelScenario {
  readonly type: ChannelType;
  readonly messageBytes: number;
  readonly ringBytes: number;
  readonly timestamps: boolean;
}

/** A channel under load: as many messages as it takes. */
export interface ThroughputScenario extends ChannelScenario {
  readonly kind: 'throughput';
  /** One message in so many is timed; default: the bus's own. */
  readonly latencySampling?: number;
}

/** From the intended time of sending to the handler, at a fixed rate over all producers. */
export interface OneWayScenario extends ChannelScenario {
  readonly kind: 'one-way';
  readonly idle: LatencyIdle;
  readonly perSecond: number;
}

/** From the intended time of sending until the answer is back, over two SPSC channels. */
export interface RoundTripScenario extends ChannelScenario {
  readonly kind: 'round-trip';
  readonly idle: 'spin' | 'waitSync';
  readonly perSecond: number;
}

/** One `write` and one polled message, producer and consumer in one process. */
export interface CostScenario extends ChannelScenario {
  readonly kind: 'cost';
}

/** One `write` in each mode of backpressure, with room, and to the ring alone; all in one process. */
export interface BackpressureScenario extends ChannelScenario {
  readonly kind: 'backpressure';
}

/** Heap bytes per million messages, producer and consumer in one process. */
export interface GarbageScenario extends ChannelScenario {
  readonly kind: 'garbage';
}

/** What one processor copies: messages into a buffer of the ring's size. C only. */
export interface MemcpyScenario {
  readonly kind: 'memcpy';
  readonly messageBytes: number;
  readonly ringBytes: number;
}

/** From a write to the handler of a consumer that waits in another process; a bare FIFO or futex in the same run. */
export interface WakeScenario {
  readonly kind: 'wake';
  readonly sleeper: 'subscribe' | 'waitSync';
  readonly idle: IdleStrategy;
}

/** What processor time a consumer uses to which nobody writes. */
export interface IdleScenario {
  readonly kind: 'idle';
  readonly sleeper: 'subscribe' | 'waitSync';
  readonly idle: IdleStrategy;
  readonly type: ChannelType;
}

export type Scenario =
  | ThroughputScenario
  | OneWayScenario
  | RoundTripScenario
  | CostScenario
  | BackpressureScenario
  | GarbageScenario
  | MemcpyScenario
  | WakeScenario
  | IdleScenario;

/** Messages per second where consumers spin, and where they are asleep between two messages. */
export const SPINNING_PER_SECOND = 100_000;
export const SLEEPING_PER_SECOND = 500;

/** A name for people and for `--only`. */
export function nameOf(scenario: Scenario): string {
  if (scenario.kind === 'wake') return `wake ${scenario.sleeper} ${scenario.idle}`;
  if (scenario.kind === 'idle') return `wake never ${scenario.type} ${scenario.sleeper} ${scenario.idle}`;
  const size = formatBytes(scenario.messageBytes);
  const ring = `ring ${formatBytes(scenario.ringBytes)}`;
  if (scenario.kind === 'memcpy') return `memcpy ${size} ${ring}`;
  const stamps = scenario.timestamps ? 'timestamps' : 'no timestamps';
  const idle = 'idle' in scenario ? ` ${scenario.idle}` : '';
  return `${scenario.kind} ${scenario.type} ${size} ${ring} ${stamps}${idle}`;
}

export function formatBytes(bytes: number): string {
  if (bytes % MIB === 0) return `${bytes / MIB} MB`;
  return bytes % KIB === 0 ? `${bytes / KIB} KB` : `${bytes} B`;
}

/** Everything; about twelve minutes. */
export function allScenarios(): Scenario[] {
  return [
    ...cross(MESSAGE_SIZES, RING_SIZES).map(([messageBytes, ringBytes]): Scenario => ({
      kind: 'memcpy',
      messageBytes,
      ringBytes,
    })),
    ...TYPES.flatMap((type) =>
      cross(RING_SIZES, MESSAGE_SIZES).flatMap(([ringBytes, messageBytes]) =>
        [true, false].map((timestamps): Scenario => ({
          kind: 'throughput',
          type,
          messageBytes,
          ringBytes,
          timestamps,
        })),
      ),
    ),
    ...latencies([64, KIB]),
    ...cross(TYPES, [64, KIB]).flatMap(([type, messageBytes]) =>
      [true, false].map((timestamps): Scenario => ({ kind: 'cost', type, messageBytes, ringBytes: MIB, timestamps })),
    ),
    ...modes([true, false]),
    ...garbage(),
    ...wakes(['park', 'backoff', 'yield', 'spin']),
    ...idles(['SPSC', 'MPMC'], ['park', 'backoff']),
  ];
}

/** A few of each kind, all figures to reach among them; about two minutes. */
export function quickScenarios(): Scenario[] {
  const throughput = (type: ChannelType, messageBytes: number, timestamps: boolean): Scenario => ({
    kind: 'throughput',
    type,
    messageBytes,
    ringBytes: MIB,
    timestamps,
  });
  return [
    { kind: 'memcpy', messageBytes: KIB, ringBytes: MIB },
    throughput('SPSC', KIB, true),
    throughput('SPSC', 64, true),
    throughput('SPSC', 64, false),
    ...(['SPMC', 'MPSC', 'MPMC'] as const).map((type) => throughput(type, KIB, true)),
    ...latencies([64]),
    ...(['SPSC', 'MPMC'] as const).map((type): Scenario => ({
      kind: 'cost',
      type,
      messageBytes: 64,
      ringBytes: MIB,
      timestamps: true,
    })),
    ...modes([true]),
    ...garbage(),
    ...wakes(['park']),
    ...idles(['MPMC'], ['park']),
  ];
}

function latencies(messageSizes: readonly number[]): Scenario[] {
  const common = { type: 'SPSC', ringBytes: MIB, timestamps: true } as const;
  const spinning = messageSizes.flatMap((messageBytes): Scenario[] => [
    { ...common, kind: 'round-trip', messageBytes, idle: 'spin', perSecond: SPINNING_PER_SECOND },
    { ...common, kind: 'one-way', messageBytes, idle: 'spin', perSecond: SPINNING_PER_SECOND },
  ]);
  const asleep = { ...common, messageBytes: 64, perSecond: SLEEPING_PER_SECOND };
  return [
    ...spinning,
    { ...asleep, kind: 'round-trip', idle: 'waitSync' },
    ...TYPES.map((type): Scenario => ({ ...asleep, kind: 'one-way', type, idle: 'waitSync' })),
    { ...asleep, kind: 'one-way', idle: 'subscribe' },
  ];
}

/** Rings that fit into a processor's cache together, so that what is measured is not memory. */
function modes(timestamps: readonly boolean[]): Scenario[] {
  return cross(['SPSC', 'MPMC'] as const, timestamps).map(([type, stamped]) => ({
    kind: 'backpressure',
    type,
    messageBytes: 64,
    ringBytes: 128 * KIB,
    timestamps: stamped,
  }));
}

function garbage(): Scenario[] {
  return TYPES.map((type) => ({ kind: 'garbage', type, messageBytes: 64, ringBytes: MIB, timestamps: true }));
}

function wakes(strategies: readonly IdleStrategy[]): Scenario[] {
  return cross(['subscribe', 'waitSync'] as const, strategies).map(([sleeper, idle]) => ({
    kind: 'wake',
    sleeper,
    idle,
  }));
}

function idles(types: readonly ChannelType[], strategies: readonly IdleStrategy[]): Scenario[] {
  return types.flatMap((type) =>
    cross(['subscribe', 'waitSync'] as const, strategies).map(([sleeper, idle]): Scenario => ({
      kind: 'idle',
      sleeper,
      idle,
      type,
    })),
  );
}

function cross<A, B>(first: readonly A[], second: readonly B[]): [A, B][] {
  return first.flatMap((a) => second.map((b): [A, B] => [a, b]));
}
