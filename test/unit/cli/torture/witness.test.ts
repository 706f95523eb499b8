import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WITNESS_BYTES, Witness, type Faults } from '#src/cli/torture/witness.js';

const NONE: Faults = { torn: 0, reordered: 0, duplicated: 0, skipped: 0, missing: 0 };
const clock = (): number => 77;

/** One consumer's page, over several lives of its process. */
class Lives {
  readonly memory = new ArrayBuffer(WITNESS_BYTES);
  witness = new Witness(this.memory);

  attach(cursor: number, lost = 0, saved = cursor): this {
    this.witness = new Witness(this.memory);
    this.witness.attach(cursor, lost, 1, saved);
    return this;
  }

  /** Sees sequences, each with the life and number of its message. */
  see(messages: readonly (readonly [sequence: number, life: number, n: number])[], lost = this.witness.lost): this {
    for (const [sequence, life, n] of messages) this.witness.see(sequence, { life, n }, lost, clock, 5);
    return this;
  }
}

/** `count` messages of life 1, of which n is the sequence. */
function plain(from: number, count: number): [number, number, number][] {
  return Array.from({ length: count }, (_, index) => [from + index, 1, from + index]);
}

describe('the witness', () => {
  it('finds nothing wrong with what comes in turn, and counts it once', () => {
    const { witness } = new Lives().attach(0).see(plain(0, 10));
    assert.deepEqual([witness.faults, witness.nextSequence, witness.deliveredOf(1)], [NONE, 10, 10]);
  });

  it('takes messages that come again after a restart for what they are', () => {
    const { witness } = new Lives().attach(0).see(plain(0, 10)).attach(6).see(plain(6, 8));
    assert.deepEqual([witness.faults, witness.redelivered, witness.deliveredOf(1)], [NONE, 4, 14]);
  });

  const wrong: readonly (readonly [string, keyof Faults, (lives: Lives) => void])[] = [
    ['a message that nobody wrote', 'torn', ({ witness }) => witness.see(5, undefined, 0, clock)],
    ['a message twice', 'duplicated', (lives) => lives.see([[4, 1, 4]])],
    ['a message in front of an earlier one', 'reordered', (lives) => lives.see([[2, 1, 2]])],
    ['a message of a producer left out', 'missing', (lives) => lives.see([[5, 1, 6]])],
    ['the same number of a producer under another sequence', 'duplicated', (lives) => lives.see([[5, 1, 4]])],
    ['a hole in what comes again', 'skipped', (lives) => lives.attach(2).see([...plain(2, 1), ...plain(4, 1)])],
    ['something else the second time', 'reordered', (lives) => lives.attach(3).see([[3, 2, 0]])],
    ['a restart beyond where it stood, with nothing counted', 'missing', (lives) => lives.attach(8).see([[8, 1, 8]])],
  ];
  for (const [what, fault, happen] of wrong) {
    it(`notices ${what}`, () => {
      const lives = new Lives().attach(0).see(plain(0, 5));
      happen(lives);
      assert.ok(lives.witness.faults[fault] > 0, JSON.stringify(lives.witness.faults));
    });
  }

  it('notes what was passed over, and when it went on', () => {
    const { witness } = new Lives().attach(0).see([...plain(0, 5), [7, 1, 5]], 2);
    assert.deepEqual(witness.faults, NONE);
    assert.deepEqual(witness.gap(witness.gapCount - 1), {
      sequence: 5,
      missing: 2,
      missingWhileAway: 0,
      endedNs: 77,
      attachedNs: 1,
      waitedNs: 5,
    });
  });

  it('takes what was overwritten while it was away, and counted, for lost', () => {
    const { witness } = new Lives().attach(0).see(plain(0, 5)).attach(50, 48, 2).see(plain(50, 1), 48);
    assert.deepEqual([witness.faults, witness.timesLeftBehind, witness.lostAgainMax], [NONE, 1, 3]);
    assert.equal(witness.gap(witness.gapCount - 1).missingWhileAway, 45);
    assert.equal(witness.deliveredOf(1), 6);
  });

  it('goes on exactly when its process was killed between any two stores of it', () => {
    const script = (lives: Lives): void => {
      lives.attach(0).see([...plain(0, 3), [5, 1, 3], [6, 2, 0]], 2);
    };
    for (let stores = 0; ; stores++) {
      const lives = new Lives();
      if (livesThrough(lives, stores, script)) break;
      assert.ok(stores < 500);
      const { nextSequence } = lives.witness;
      const all = [...plain(0, 3), [5, 1, 3], [6, 2, 0], [7, 2, 1]] as const;
      lives.attach(0, lives.witness.lost).see(
        all.filter(([sequence]) => sequence >= 0),
        2,
      );
      const { witness } = lives;
      const missing = witness.gap(witness.gapCount - 1).missing;
      assert.deepEqual(
        [witness.faults, witness.deliveredOf(1), witness.deliveredOf(2), missing],
        [NONE, 4, 2, 2],
        `killed before store ${stores}, at ${nextSequence}`,
      );
    }
  });
});

class Killed extends Error {}

/** Runs it until so many stores into the page were made; whether it came to its end. */
function livesThrough(lives: Lives, stores: number, run: (lives: Lives) => void): boolean {
  let left = stores;
  const arrays = [
    'head',
    'loggedSequences',
    'gaps',
    'loggedLives',
    'loggedNumbers',
    'loggedCounts',
    'due',
    'counts',
    'ages',
  ];
  const attach = lives.attach.bind(lives);
  lives.attach = (...args) => {
    lives.witness = new Witness(lives.memory);
    const fields = lives.witness as unknown as Record<string, Float64Array>;
    for (const name of arrays)
      fields[name] = watched(fields[name]!, () => {
        if (left-- === 0) throw new Killed();
      });
    lives.witness.attach(args[0], args[1] ?? 0, 1, args[2]);
    return lives;
  };
  try {
    run(lives);
    return true;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return false;
  } finally {
    lives.attach = attach;
    lives.witness = new Witness(lives.memory);
  }
}

/** The same array, which calls before each store. */
function watched(array: Float64Array, before: () => void): Float64Array {
  return new Proxy(array, {
    get: (target, key) => {
      if (key === 'set') {
        return (values: ArrayLike<number>, offset: number) => {
          before();
          target.set(values, offset);
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    set: (target, key, value) => {
      before();
      return Reflect.set(target, key, value, target);
    },
  });
}
