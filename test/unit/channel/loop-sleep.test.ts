import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { it, mock, type TestContext } from 'node:test';
import { LoopSleep } from '#src/channel/loop-sleep.js';

/** A sleep by a clock that the test moves. */
function sleeper(t: TestContext): { sleep: LoopSleep; ended: (ms: number, goesOn?: () => boolean) => () => boolean } {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const sleep = new LoopSleep();
  const ended = (ms: number, goesOn?: () => boolean): (() => boolean) => {
    let over = false;
    void sleep.for(ms, goesOn).then(() => (over = true));
    return () => over;
  };
  return { sleep, ended };
}

async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await nextTurn();
}

it('a sleep ends when its time is over, not before', async (t) => {
  const { ended } = sleeper(t);
  const over = ended(10);
  await pass(9);
  assert.equal(over(), false);
  await pass(1);
  assert.equal(over(), true);
});

it('a sleep ends at once when somebody wakes it; waking nobody is nothing', async (t) => {
  const { sleep, ended } = sleeper(t);
  sleep.wake();
  const over = ended(1000);
  sleep.wake();
  await pass(0);
  assert.equal(over(), true);
});

it('a sleep of another length has its own time', async (t) => {
  const { sleep, ended } = sleeper(t);
  ended(1000);
  sleep.wake();
  const over = ended(20);
  await pass(20);
  assert.equal(over(), true);
});

it('closing ends a sleep', async (t) => {
  const { sleep, ended } = sleeper(t);
  const over = ended(1000);
  sleep.close();
  await pass(0);
  assert.equal(over(), true);
});

it('a sleep goes on as often as it is told, also one that takes over the timer of another', async () => {
  const sleep = new LoopSleep();
  void sleep.for(30);
  sleep.wake();
  let rounds = 0;
  await sleep.for(30, () => {
    rounds += 1;
    return rounds < 3;
  });
  assert.equal(rounds, 3);
  sleep.close();
});
