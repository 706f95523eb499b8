import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseSpeed, ReplayPace } from '#src/cli/journal/replay-pace.js';

it('messages are due as far apart as they were, divided by the speed', () => {
  const first = 1_700_000_000_000_000_000n;
  for (const [speed, waitMs] of [
    [1, 1000],
    [10, 100],
    [0.5, 2000],
    [Infinity, 0],
  ] as const) {
    const pace = new ReplayPace(speed);
    assert.equal(pace.waitMs(first, 50), 0);
    assert.equal(pace.waitMs(first + 1_000_000_000n, 50), waitMs);
  }
});

it('one that is late does not wait, and one without a time neither', () => {
  const pace = new ReplayPace(1);
  pace.waitMs(1_000_000_000n, 0);
  assert.ok(pace.waitMs(2_000_000_000n, 5000) < 0);
  assert.equal(pace.waitMs(0n, 0), 0);
});

it('a speed is a number above 0, or max', () => {
  assert.deepEqual(['1', '0.25', 'max'].map(parseSpeed), [1, 0.25, Infinity]);
  for (const text of ['0', '-1', 'fast', '', 'NaN']) assert.throws(() => parseSpeed(text), /--speed: found/);
});
