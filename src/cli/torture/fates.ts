import { pick, type Random } from './random.js';

/** How the life of a process ends, or is disturbed. */
export interface Fate {
  readonly kind: FateKind;
  /** Messages after which it comes to it. */
  readonly messages: number;
  /** Stores into shared memory that it still makes at the labelled place. */
  readonly stores: number;
  /** From outside: ms after it began to work. */
  readonly delayMs: number;
}

/**
 * `anywhere` is from outside, at any instant. All others are labelled places: the process ends itself there, by the same
 * signal.
 */
export type FateKind = ProducerFate | ConsumerFate;

type ProducerFate =
  | 'anywhere'
  | 'in a claim'
  | 'in a write'
  | 'while attaching'
  | 'while closing'
  | 'in a repair'
  /** Stops itself inside a claim, and goes on when it is continued. */
  | 'stopped in a claim'
  /** Closes in order. */
  | 'leaves';

type ConsumerFate =
  | 'anywhere'
  | 'in a handler'
  | 'after a handler'
  | 'while attaching'
  | 'while closing'
  | 'in a repair'
  | 'leaves';

interface Chance {
  readonly kind: FateKind;
  readonly weight: number;
  /** Stores to choose from, one less than this at most. */
  readonly stores?: number;
}

/** Who ends how, and how often; `stores` is a little more than are made at that place, so that some live through it. */
export const PRODUCER_FATES: readonly Chance[] = [
  { kind: 'anywhere', weight: 30 },
  { kind: 'in a claim', weight: 25 },
  { kind: 'in a write', weight: 20, stores: 24 },
  { kind: 'while attaching', weight: 8, stores: 60 },
  { kind: 'while closing', weight: 6, stores: 8 },
  { kind: 'in a repair', weight: 5, stores: 16 },
  { kind: 'stopped in a claim', weight: 3 },
  { kind: 'leaves', weight: 3 },
];

export const CONSUMER_FATES: readonly Chance[] = [
  { kind: 'anywhere', weight: 30 },
  { kind: 'in a handler', weight: 20 },
  { kind: 'after a handler', weight: 10 },
  { kind: 'while attaching', weight: 10, stores: 50 },
  { kind: 'while closing', weight: 10, stores: 10 },
  { kind: 'in a repair', weight: 15, stores: 16 },
  { kind: 'leaves', weight: 5 },
];

/** A life that nothing happens to. */
export const UNHARMED: Fate = { kind: 'leaves', messages: Infinity, stores: 0, delayMs: Infinity };

/** Decides the end of a life; those of `patience` times the usual length live so much longer. */
export function decideFate(random: Random, chances: readonly Chance[], patience: number): Fate {
  const { kind, stores = 1 } = pick(random, chances);
  return {
    kind,
    messages: 1 + random(50 * patience),
    stores: random(stores),
    delayMs: random(40 * patience),
  };
}
