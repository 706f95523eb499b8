import { BEFORE_2_31, BEFORE_2_32, type Scenario } from './bounds.js';

/** Scenarios of SPSC and SPMC rings, of 4 to 8 cells. */
export const SINGLE_PRODUCER_SCENARIOS = {
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
} as const satisfies Readonly<Record<string, Scenario>>;
