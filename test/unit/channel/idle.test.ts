import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { idleStrategy, type IdleStrategy } from '#src/channel/idle.js';
import { LoopSleep } from '#src/channel/loop-sleep.js';
import { waitOnLoop, waitOnThread, type AwaitedByThread, type Machine } from '#src/channel/waiting.js';
import { BusError } from '#src/platform/bus-error.js';

const STRATEGIES = ['spin', 'yield', 'backoff', 'park'] as const;

/** A machine whose time passes only by what the waiting thread does with its processor; it remembers that. */
class QuietMachine implements Machine {
  nowNs = 5e12;
  readings = 0;
  /** How long a turn of the others takes when the processor is offered to them. */
  yieldNs = 500;
  readonly did: string[] = [];
  readonly sleeps: number[] = [];
  readonly clock = {
    monotonicNs: (): number => {
      this.readings += 1;
      return this.nowNs;
    },
  };
  readonly processor = {
    pause: (): void => this.pass('spin', 100),
    yieldProcessor: (): void => this.pass('yield', this.yieldNs),
    sleep: (ns: number): void => {
      this.sleeps.push(ns);
      this.pass('sleep', ns);
    },
  };

  /** In turn, without repetitions. */
  pass(what: string, ns: number): void {
    this.nowNs += ns;
    if (this.did.at(-1) !== what) this.did.push(what);
  }
}

/** Something that is there after so many ns, and counts how it is waited for. */
function awaited(machine: QuietMachine, afterNs: number, parkNs = 1e9) {
  const due = machine.nowNs + afterNs;
  const counts = { attempts: 0, looks: 0, lookedNs: [] as number[] };
  const wait: AwaitedByThread = {
    pauses: 1,
    attempt: () => {
      counts.attempts += 1;
      return machine.nowNs >= due;
    },
    look: () => {
      counts.looks += 1;
      counts.lookedNs.push(machine.nowNs);
      return false;
    },
    awoke: () => {},
    park: (longestNs) => {
      machine.pass('park', Math.min(parkNs, longestNs, Math.max(0, due - machine.nowNs)));
      return false;
    },
  };
  return { wait, counts };
}

describe('a thread that waits', () => {
  const way = (idle: IdleStrategy): QuietMachine => {
    const machine = new QuietMachine();
    assert.equal(waitOnThread(awaited(machine, 50e6).wait, idle, 1000, machine), true);
    return machine;
  };

  it('spin: spins to the end', () => assert.deepEqual(way('spin').did, ['spin']));
  it('yield: spins, then yields to the end', () => assert.deepEqual(way('yield').did, ['spin', 'yield']));
  it('park: spins, yields, then parks', () => assert.deepEqual(way('park').did, ['spin', 'yield', 'park']));

  it('park and backoff: sleep soon where others keep the processor for a millisecond each time it is offered', () => {
    for (const idle of ['park', 'backoff'] as const) {
      const machine = new QuietMachine();
      machine.yieldNs = 1e6;
      assert.equal(waitOnThread(awaited(machine, Infinity).wait, idle, 5, machine), false);
      assert.deepEqual(machine.did, ['spin', 'yield', idle === 'park' ? 'park' : 'sleep']);
    }
  });

  it('backoff: spins, yields, then sleeps from 1 µs on, twice as long each time, up to 1 ms', () => {
    const { did, sleeps } = way('backoff');
    assert.deepEqual(did, ['spin', 'yield', 'sleep']);
    assert.deepEqual(sleeps.slice(0, 12), [1e3, 2e3, 4e3, 8e3, 16e3, 32e3, 64e3, 128e3, 256e3, 512e3, 1e6, 1e6]);
    assert.equal(Math.max(...sleeps), 1e6);
  });

  for (const idle of STRATEGIES) {
    it(`${idle}: ends when the time is over, and neither much later nor earlier`, () => {
      const machine = new QuietMachine();
      const start = machine.nowNs;
      const { wait, counts } = awaited(machine, Infinity);
      assert.equal(waitOnThread(wait, idle, 25, machine), false);
      const took = machine.nowNs - start;
      assert.ok(took >= 25e6 && took < 25.1e6, `${took} ns`);
      assert.equal(counts.lookedNs.at(-1), machine.nowNs, 'it looked once more before it gave up');
    });

    it(`${idle}: looks what is wrong every 4 ms, not at each turn`, () => {
      const machine = new QuietMachine();
      const { wait, counts } = awaited(machine, Infinity, 3e6);
      waitOnThread(wait, idle, 1000, machine);
      assert.ok(counts.looks > 150 && counts.looks <= 251, `${counts.looks} looks in a second`);
    });

    it(`${idle}: with a time-out of 0 it still tries, and looks`, () => {
      const machine = new QuietMachine();
      const { wait, counts } = awaited(machine, Infinity);
      assert.equal(waitOnThread(wait, idle, 0, machine), false);
      assert.ok(counts.attempts >= 2 && counts.looks === 1);
    });

    it(`${idle}: tries no more after an attempt that succeeded`, () => {
      const machine = new QuietMachine();
      let succeeded = 0;
      const { wait } = awaited(machine, Infinity, 1e6);
      const attempt = (): boolean => machine.nowNs > 5e12 + 5e6 && ++succeeded > 0;
      const park = (longestNs: number): boolean => attempt() || wait.park(longestNs);
      assert.equal(waitOnThread({ ...wait, attempt, park }, idle, 1000, machine), true);
      assert.equal(succeeded, 1);
    });
  }

  it('reads the clock now and then only, when it never sleeps', () => {
    for (const idle of ['spin', 'yield'] as const) {
      const machine = new QuietMachine();
      const { wait, counts } = awaited(machine, 50e6);
      waitOnThread(wait, idle, Infinity, machine);
      assert.ok(machine.readings < counts.attempts / 20, `${machine.readings} readings, ${counts.attempts} attempts`);
    }
  });

  it('goes on when a look ended what was in the way', () => {
    const machine = new QuietMachine();
    const { wait } = awaited(machine, Infinity);
    let isThere = false;
    const mended = { ...wait, attempt: () => isThere, look: () => (isThere = true) };
    assert.equal(waitOnThread(mended, 'park', 1000, machine), true);
  });
});

describe('an event loop that waits', () => {
  for (const idle of STRATEGIES) {
    it(`${idle}: ends when the time is over, having looked`, async (t) => {
      const machine = new QuietMachine();
      const sleep = new LoopSleep();
      t.after(() => sleep.close());
      const { wait, counts } = awaited(machine, Infinity);
      const attempt = (): boolean => {
        machine.pass('turn', 1e6);
        return wait.attempt();
      };
      const park = async (): Promise<void> => machine.pass('park', 5e6);
      assert.equal(await waitOnLoop({ ...wait, attempt, park }, idle, 45, sleep, machine), false);
      assert.ok(counts.looks >= 5 && counts.looks <= 13, `${counts.looks} looks`);
      assert.equal(machine.did.includes('park'), idle === 'park');
      assert.equal(machine.did.includes('yield'), idle === 'yield');
    });
  }
});

describe('the name of a strategy', () => {
  it('is one of four; none means park', () => {
    for (const idle of STRATEGIES) assert.equal(idleStrategy('c', idle), idle);
    assert.equal(idleStrategy('c', undefined), 'park');
  });

  for (const wrong of ['busy', '', 'Park', 0, null, {}, ['spin']] as unknown[]) {
    it(`is not ${JSON.stringify(wrong)}`, () => {
      assert.throws(
        () => idleStrategy('c', wrong as IdleStrategy),
        (error) => BusError.is(error, 'ERR_INVALID_ARGUMENT') && /spin, yield, backoff, park/.test(error.message),
      );
    });
  }
});
