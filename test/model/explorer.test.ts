import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Explorer, type Bounds, type Report } from './explorer/explore.js';
import { replay } from './explorer/replay.js';
import { formatSchedule, parseSchedule } from './explorer/schedule.js';
import { toyProgram, type Deed, type ToySettings } from './kit/toys.js';

const EVERYTHING: Bounds = { preemptions: Infinity, crashes: 0, statesMax: 100_000 };

function explore(settings: ToySettings, bounds: Partial<Bounds> = {}): Report {
  return new Explorer(toyProgram(settings), { ...EVERYTHING, ...bounds }).explore();
}

const increment: Deed = (ring) => {
  ring.putInt32(0, ring.getInt32(0) + 1);
  return 'done';
};
const swappingIncrement: Deed = (ring) => {
  for (;;) {
    const value = ring.getInt32(0);
    if (ring.compareAndSwap32(0, value, value + 1)) return 'done';
  }
};
const isTwo: ToySettings['judge'] = ({ words }) => (words[0] === 2 ? undefined : `an update was lost: ${words[0]}`);

/** Stores to one word, then looks at another one. */
function handshake(mine: number, theirs: number, fenced: boolean): Deed {
  return (ring) => {
    ring.putInt32(mine, 1);
    if (fenced) ring.fence();
    return `${ring.getInt32(theirs)}`;
  };
}
const oneSawTheOther: ToySettings['judge'] = ({ observed }) =>
  observed['A'] === '0' && observed['B'] === '0' ? 'neither saw the other' : undefined;

describe('the explorer', () => {
  it('finds an update that is lost between a load and a store, and none where they are one swap', () => {
    const { violation } = explore({ threads: { A: increment, B: increment }, judge: isTwo });
    assert.deepEqual(violation, { message: 'an update was lost: 1', schedule: 'B A2 B' });
    const swapped = explore({ threads: { A: swappingIncrement, B: swappingIncrement }, judge: isTwo });
    assert.equal(swapped.violation, undefined);
    assert.equal(swapped.complete, true);
  });

  it('makes no more preemptions than it may', () => {
    const settings = { threads: { A: increment, B: increment }, judge: isTwo };
    assert.equal(explore(settings, { preemptions: 0 }).violation, undefined);
    assert.notEqual(explore(settings, { preemptions: 1 }).violation, undefined);
  });

  it('sees every state of threads that do not meet, once', () => {
    const write =
      (offset: number): Deed =>
      (ring) => {
        for (let i = 1; i <= 3; i++) ring.putInt32(offset, i);
        return 'done';
      };
    const report = explore({ threads: { A: write(0), B: write(4), C: write(8) }, judge: () => undefined });
    assert.equal(report.states, 4 ** 3);
    assert.equal(report.endings, 1);
    // each thread makes its next access once from each state
    assert.equal(report.accesses, 3 * 3 * 4 ** 2);
  });

  it('finds a store that waits in a store buffer while its thread looks elsewhere, if no fence is between', () => {
    const threads = (fenced: boolean): ToySettings['threads'] => ({
      A: handshake(0, 4, fenced),
      B: handshake(4, 0, fenced),
    });
    const buffered = { buffersStores: true, judge: oneSawTheOther };
    assert.equal(explore({ threads: threads(false), judge: oneSawTheOther }).violation, undefined);
    assert.equal(explore({ threads: threads(true), ...buffered }).violation, undefined);
    assert.equal(explore({ threads: threads(false), ...buffered }).violation?.message, 'neither saw the other');
  });

  it('keeps the stores of a thread in order, and shows them to the thread itself at once', () => {
    const writer: Deed = (ring) => {
      ring.putInt32(0, 1);
      ring.putInt32(4, 1);
      return `${ring.getInt32(0)}`;
    };
    const reader: Deed = (ring) => `${ring.getInt32(4)}${ring.getInt32(0)}`;
    const judge: ToySettings['judge'] = ({ observed }) =>
      observed['A'] !== '1' || observed['B'] === '10' ? `saw ${observed['A']}, ${observed['B']}` : undefined;
    assert.equal(explore({ threads: { A: writer, B: reader }, buffersStores: true, judge }).violation, undefined);
  });

  it('kills a thread at each of its accesses', () => {
    const ends = new Set<string>();
    const writer: Deed = (ring) => {
      for (const offset of [0, 4, 8]) ring.putInt32(offset, 1);
      return 'done';
    };
    const judge: ToySettings['judge'] = ({ words, statuses }) => void ends.add(`${words.join('')} ${statuses}`);
    explore({ threads: { A: writer }, mortal: 'A', judge }, { crashes: 1 });
    assert.deepEqual([...ends].sort(), ['000 dead', '100 dead', '110 dead', '111 done']);
  });

  it('lets a thread that can do nothing wait until memory changes, and judges when nobody can change it', () => {
    const wait: Deed = (ring) => (ring.getInt32(0) === 1 ? 'woken' : '');
    const wake: Deed = (ring) => {
      ring.putInt32(0, 1);
      return 'done';
    };
    const judge: ToySettings['judge'] = ({ statuses }) => (statuses.includes('ready') ? 'stuck' : undefined);
    assert.equal(explore({ threads: { A: wait, B: wake }, patient: 'A', judge }).violation, undefined);
    assert.equal(explore({ threads: { A: wait }, patient: 'A', judge }).violation?.message, 'stuck');
  });

  it('lets a thread that goes round inside an operation wait as well', () => {
    const wait: Deed = (ring) => {
      while (ring.getInt32(0) !== 1) ring.getInt32(4);
      return 'woken';
    };
    const judge: ToySettings['judge'] = ({ statuses }) => (statuses.includes('ready') ? 'stuck' : undefined);
    const wake: Deed = (ring) => {
      ring.putInt32(4, 1);
      ring.putInt32(0, 1);
      return 'done';
    };
    const report = explore({ threads: { A: wait, B: wake }, judge });
    assert.equal(report.violation, undefined);
    assert.equal(report.complete, true);
    assert.equal(explore({ threads: { A: wait }, judge }).violation?.message, 'stuck');
  });

  it('reports what a thread throws, with the schedule that led there', () => {
    const { violation } = explore({
      threads: {
        A: increment,
        B: (ring) => {
          if (ring.getInt32(0) === 1) throw new Error('saw 1');
          return 'done';
        },
      },
      judge: () => undefined,
    });
    assert.equal(violation?.message, 'saw 1');
    assert.equal(violation.schedule, 'A2 B');
  });
});

describe('a schedule', () => {
  it('leads to the same violation again, and tells every access', () => {
    const settings = { threads: { A: increment, B: increment }, judge: isTwo };
    const { violation } = explore(settings);
    const again = replay(toyProgram(settings), violation?.schedule ?? '');
    assert.equal(again.violation, violation?.message);
    assert.deepEqual(again.lines, [
      'B loads ring[0]+0: 0',
      'A loads ring[0]+0: 0',
      'A stores ring[0]+0: 1',
      'A has seen: done',
      'B stores ring[0]+0: 1',
      'B has seen: done',
    ]);
  });

  it('is a short string of accesses, deaths and stores that reach memory', () => {
    const moves = parseSchedule('A3 B !A a2 B', ['A', 'B']);
    assert.equal(moves.length, 8);
    assert.deepEqual(moves[4], { kind: 'crash', thread: 0 });
    assert.deepEqual(moves[5], { kind: 'drain', thread: 0 });
    assert.equal(formatSchedule(moves, ['A', 'B']), 'A3 B !A a2 B');
  });

  it('of threads that are not there is refused', () => {
    assert.throws(() => parseSchedule('A C', ['A', 'B']), /"C" is no part of a schedule of A, B/);
  });
});
