import type { ScenarioSettings } from './scenario.js';

export interface Scenario {
  readonly settings: ScenarioSettings;
  /** Preemptions explored in the quick form; Infinity: all interleavings. */
  readonly preemptions: number;
  /** Whether a producer may be killed, once, at any access. */
  readonly crashes: boolean;
  /** Gives up here in the quick form; undefined: all states within the bound are seen. */
  readonly statesMax?: number;
  /** Part of the message of a fault that is known and not mended yet: the scenario must show it. */
  readonly knownFault?: string;
}

const CELL = 64;
/** Places where the low halves of positions (in cells) and of sequences go round, or change their sign, within a scenario. */
const BEFORE_2_31 = { position: (2 ** 31 - 2) * CELL, sequence: 2 ** 31 - 2 };
const BEFORE_2_32 = { position: (2 ** 32 - 2) * CELL, sequence: 2 ** 32 - 2 };
/** Lap numbers outgrow the 22 bits that the low half of a claim word has for them. */
const BEFORE_LAP_2_22 = { position: (2 ** 22 - 1) * 4 * CELL - 2 * CELL, sequence: 7 };

/** Everything that is explored, by what it is called in tests and in the list of mutants. Rings of 2 to 8 cells. */
export const SCENARIOS = {
  'SPSC: a producer and its successor': {
    settings: { type: 'SPSC', cells: 4, producers: ['1 2 a1 c2 1 1'], consumers: ['reads'], successor: '2 1 1' },
    preemptions: Infinity,
    crashes: true,
  },
  'SPSC: three laps': {
    settings: { type: 'SPSC', cells: 4, producers: ['1 1 1 1 1 1 1 1'], consumers: ['reads'], successor: '1 1 1 1' },
    preemptions: Infinity,
    crashes: true,
  },
  'SPSC: from 2^31 cells and sequences on': {
    settings: { type: 'SPSC', cells: 4, producers: ['1 2 1 2'], consumers: ['reads'], origin: BEFORE_2_31, windows: 2 },
    preemptions: Infinity,
    crashes: false,
  },
  'SPSC: from 2^32 cells and sequences on': {
    settings: { type: 'SPSC', cells: 4, producers: ['1 2 1 2'], consumers: ['reads'], origin: BEFORE_2_32, windows: 2 },
    preemptions: Infinity,
    crashes: false,
  },
  'SPSC: store buffers': {
    settings: { type: 'SPSC', cells: 4, producers: ['1 2 1 2'], consumers: ['reads'], buffersStores: true },
    preemptions: 2,
    crashes: false,
  },
  'SPSC: store buffers, a consumer that goes back': {
    settings: {
      type: 'SPSC',
      cells: 4,
      producers: ['1 1 1 1'],
      consumers: ['seeks'],
      prologue: 'A A A X',
      buffersStores: true,
    },
    preemptions: 2,
    crashes: false,
  },
  'SPMC: two consumers, a successor': {
    settings: { type: 'SPMC', cells: 4, producers: ['1 2 c1'], consumers: ['reads', 'reads'], successor: '1 2' },
    preemptions: 1,
    crashes: true,
  },
  'SPMC: a consumer joins at the end': {
    settings: { type: 'SPMC', cells: 4, producers: ['1 2 1'], consumers: ['reads'], joins: 'latest' },
    preemptions: 2,
    crashes: false,
  },
  'SPMC: a consumer joins at the oldest record': {
    settings: { type: 'SPMC', cells: 4, producers: ['1 1 1 2 1 1'], consumers: [], joins: 'oldest', successor: '1 1' },
    preemptions: 2,
    crashes: true,
  },
  'SPMC: a consumer joins at a sequence': {
    settings: {
      type: 'SPMC',
      cells: 8,
      producers: ['1 1 1 1 1 1 1 1 1'],
      consumers: [],
      joins: { sequence: 1 },
      prologue: 'A A A A A A A A',
    },
    preemptions: 3,
    crashes: false,
    knownFault: 'J goes round in an operation without an end',
  },
  'SPMC: a consumer leaves': {
    settings: { type: 'SPMC', cells: 4, producers: ['1 2 1 1 1'], consumers: ['leaves', 'reads'] },
    preemptions: 2,
    crashes: false,
  },
  'SPMC: a consumer leaves and returns': {
    settings: { type: 'SPMC', cells: 4, producers: ['1 1 1 1 1'], consumers: ['returns'], prologue: 'A A X A' },
    preemptions: 3,
    crashes: false,
  },
  'SPMC: a consumer dies and is started again': {
    settings: {
      type: 'SPMC',
      cells: 4,
      producers: ['1 2 1 1 1'],
      consumers: ['dies'],
      prologue: 'A A',
    },
    preemptions: 2,
    crashes: true,
  },
  'SPMC: store buffers, a consumer joins': {
    settings: {
      type: 'SPMC',
      cells: 4,
      producers: ['1 1 1 1 1'],
      consumers: [],
      joins: 'oldest',
      prologue: 'A A A',
      buffersStores: true,
    },
    preemptions: 2,
    crashes: false,
  },
  'MPSC: two producers': {
    settings: { type: 'MPSC', cells: 4, producers: ['1 2 1', 'c2 1 1'], consumers: ['reads'], prologue: 'A B' },
    preemptions: 1,
    crashes: false,
    statesMax: 1_000_000,
  },
  'MPSC: two producers attach': {
    settings: { type: 'MPSC', cells: 4, producers: ['1', '2'], consumers: ['reads'] },
    preemptions: 2,
    crashes: false,
  },
  'MPSC: a producer dies': {
    settings: { type: 'MPSC', cells: 4, producers: ['1 2', 'a2 1'], consumers: ['reads'], prologue: 'A B' },
    preemptions: 1,
    crashes: true,
  },
  'MPSC: the smallest ring': {
    settings: { type: 'MPSC', cells: 2, producers: ['1 1', '1 1'], consumers: ['reads'], prologue: 'A B' },
    preemptions: 1,
    crashes: true,
  },
  'MPSC: history is given up': {
    settings: { type: 'MPSC', cells: 4, producers: ['1 1 1 2', '1 1 2 1'], consumers: [], prologue: 'A B A B A B' },
    preemptions: 2,
    crashes: false,
  },
  'MPSC: from 2^31 cells and sequences on': {
    settings: {
      type: 'MPSC',
      cells: 8,
      producers: ['1 1', '2 a1'],
      consumers: ['reads'],
      origin: BEFORE_2_31,
      windows: 4,
      prologue: 'A B',
    },
    preemptions: 1,
    crashes: false,
  },
  'MPSC: from 2^32 cells and sequences on': {
    settings: {
      type: 'MPSC',
      cells: 4,
      producers: ['1 1', '2 1'],
      consumers: ['reads'],
      origin: BEFORE_2_32,
      prologue: 'A B',
    },
    preemptions: 1,
    crashes: false,
  },
  'MPSC: from lap 2^22 on': {
    settings: {
      type: 'MPSC',
      cells: 4,
      producers: ['1 1', '2 1'],
      consumers: ['reads'],
      origin: BEFORE_LAP_2_22,
      prologue: 'A B',
    },
    preemptions: 1,
    crashes: false,
  },
  'MPSC: store buffers': {
    settings: {
      type: 'MPSC',
      cells: 4,
      producers: ['1 2', '1'],
      consumers: ['reads'],
      prologue: 'A B',
      buffersStores: true,
    },
    preemptions: 1,
    crashes: false,
    statesMax: 300_000,
  },
  'MPMC: two producers, two consumers': {
    settings: { type: 'MPMC', cells: 4, producers: ['1 2', '1'], consumers: ['reads', 'reads'], prologue: 'A B' },
    preemptions: 1,
    crashes: true,
    statesMax: 400_000,
  },
  'MPMC: a consumer joins at the end': {
    settings: {
      type: 'MPMC',
      cells: 8,
      producers: ['1 2', '2 1'],
      consumers: [],
      joins: 'latest',
      prologue: 'A B A B',
    },
    preemptions: 1,
    crashes: false,
  },
  'MPMC: a consumer joins at the end of a channel that may stand still': {
    settings: { type: 'MPMC', cells: 4, producers: ['1', '2 1'], consumers: [], joins: 'latest', prologue: 'A B' },
    preemptions: 1,
    crashes: true,
  },
  'MPMC: a consumer joins at the oldest record of a channel that may stand still': {
    settings: { type: 'MPMC', cells: 4, producers: ['1 1', '2'], consumers: [], joins: 'oldest', prologue: 'A B A' },
    preemptions: 1,
    crashes: true,
  },
  'MPMC: a consumer joins at the oldest record': {
    settings: {
      type: 'MPMC',
      cells: 4,
      producers: ['1 1 1', '1 2'],
      consumers: [],
      joins: 'oldest',
      prologue: 'A B A B',
    },
    preemptions: 2,
    crashes: false,
    statesMax: 400_000,
  },
  'MPMC: a consumer joins while history is given up': {
    settings: {
      type: 'MPMC',
      cells: 4,
      producers: ['1 1 1 1', '1 2'],
      consumers: [],
      joins: 'oldest',
      prologue: 'A B A B A A',
    },
    preemptions: 2,
    crashes: false,
    statesMax: 400_000,
  },
  'MPMC: a consumer joins at a sequence': {
    settings: {
      type: 'MPMC',
      cells: 8,
      producers: ['1 1 1 1 1 1 1 1 1 1'],
      consumers: [],
      joins: { sequence: 1 },
      prologue: 'A A A A A A A A A',
    },
    preemptions: 3,
    crashes: false,
    knownFault: 'J goes round in an operation without an end',
  },
  'MPMC: a consumer goes back': {
    settings: {
      type: 'MPMC',
      cells: 4,
      producers: ['1 1 1 1'],
      consumers: ['seeks'],
      prologue: 'A A A X',
      buffersStores: true,
    },
    preemptions: 2,
    crashes: false,
    statesMax: 300_000,
  },
  'MPMC: a consumer leaves and returns': {
    settings: { type: 'MPMC', cells: 4, producers: ['1 1 1 1'], consumers: ['returns'], prologue: 'A A X' },
    preemptions: 2,
    crashes: false,
  },
  'MPMC: a consumer dies and is started again': {
    settings: {
      type: 'MPMC',
      cells: 4,
      producers: ['1 2', '1'],
      consumers: ['dies'],
      prologue: 'A B A',
    },
    preemptions: 1,
    crashes: true,
  },
  'MPMC: a consumer returns between two producers': {
    settings: { type: 'MPMC', cells: 4, producers: ['1 1', '1'], consumers: ['returns'], prologue: 'A B A X' },
    preemptions: 1,
    crashes: false,
  },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;

export function scenario(name: ScenarioName): Scenario {
  return SCENARIOS[name];
}
