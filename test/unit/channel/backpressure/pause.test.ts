import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pauseLoop, pauseThread } from '#src/channel/backpressure/pause.js';
import { LoopSleep, nextTurn } from '#src/channel/loop-sleep.js';
import { FakeMachine } from '../../../kit/fake-machine.js';

describe('a thread that pauses', () => {
  it('sleeps most of a long pause, and is awake at its end', () => {
    const machine = new FakeMachine();
    pauseThread(machine.nowNs + 1e6, machine);
    assert.ok(machine.elapsedNs >= 1e6 && machine.elapsedNs < 1.01e6, `${machine.elapsedNs} ns`);
    assert.deepEqual(machine.sleeps, [920e3]);
  });

  it('is not late when a sleep is', () => {
    const machine = new FakeMachine({ oversleepNs: 60e3 });
    pauseThread(machine.nowNs + 1e6, machine);
    assert.ok(machine.elapsedNs >= 1e6 && machine.elapsedNs < 1.01e6, `${machine.elapsedNs} ns`);
  });

  for (const us of [0, 1, 4, 10, 100, 160]) {
    it(`never sleeps for ${us} µs, which a sleep would make many more`, () => {
      const machine = new FakeMachine();
      pauseThread(machine.nowNs + us * 1e3, machine);
      assert.deepEqual(machine.sleeps, []);
      assert.ok(machine.elapsedNs >= us * 1e3 && machine.elapsedNs <= us * 1e3 + 2e3, `${machine.elapsedNs} ns`);
    });
  }
});

describe('an event loop that pauses', () => {
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await nextTurn();
  };

  it('turns until the clock says that it is time, however short that is', async () => {
    const machine = new FakeMachine();
    let isOver = false;
    const over = pauseLoop(machine.nowNs + 100e3, machine.clock, new LoopSleep(), () => false).then(
      () => (isOver = true),
    );
    await turns();
    machine.nowNs += 99e3;
    await turns();
    assert.equal(isOver, false);
    machine.nowNs += 1e3;
    await over;
  });

  it('ends when it is woken and need not go on, also in the middle of a long sleep', async () => {
    const machine = new FakeMachine();
    const sleep = new LoopSleep();
    let isEnough = false;
    const over = pauseLoop(machine.nowNs + 3600e9, machine.clock, sleep, () => isEnough);
    await turns();
    isEnough = true;
    sleep.wake();
    await over;
    sleep.close();
  });
});
