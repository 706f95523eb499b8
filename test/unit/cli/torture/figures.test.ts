import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TortureUsage, readTortureOptions } from '#src/cli/torture/options.js';
import { quantiles, recoveryTimes } from '#src/cli/torture/recovery.js';
import { verdictOf } from '#src/cli/torture/verdict.js';
import { Watchdog } from '#src/cli/torture/watchdog.js';

describe('the time of recovery', () => {
  const claims = [{ sequence: 5, diedNs: 1000 }];
  const passage = { consumer: 'c', sequence: 5, size: 1, endedNs: 4000, attachedNs: 10, waitedNs: 9000 };

  it('is from the death to the next delivery behind it, by whichever consumer', () => {
    assert.deepEqual(recoveryTimes(claims, [passage, { ...passage, consumer: 'd', endedNs: 3000 }], []), [2000]);
  });

  it('is from the arrival of what was delivered, when that came after the death', () => {
    assert.deepEqual(recoveryTimes(claims, [{ ...passage, waitedNs: 700 }], []), [700]);
  });

  it('is found also when several died side by side', () => {
    const two = [...claims, { sequence: 6, diedNs: 3000 }];
    assert.deepEqual(recoveryTimes(two, [{ ...passage, size: 2 }], []), [3000, 1000]);
  });

  it('is not measured by a consumer that came later, or that was stopped meanwhile', () => {
    assert.deepEqual(recoveryTimes(claims, [{ ...passage, attachedNs: 2000 }], []), []);
    assert.deepEqual(recoveryTimes(claims, [passage], [{ consumer: 'c', fromNs: 500, toNs: 1500 }]), []);
    assert.deepEqual(recoveryTimes(claims, [passage], [{ consumer: undefined, fromNs: 500, toNs: 1500 }]), []);
    assert.equal(recoveryTimes(claims, [passage], [{ consumer: 'd', fromNs: 500, toNs: 1500 }]).length, 1);
  });

  it('is summed up in quantiles', () => {
    const times = Array.from({ length: 100 }, (_, n) => (n + 1) * 1e6);
    assert.deepEqual(quantiles(times), { count: 100, p50Ms: 50, p99Ms: 99, maxMs: 100 });
    assert.deepEqual(quantiles([]), { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 });
  });
});

describe('the watchdog', () => {
  const look = (progress: (second: number) => number, isAnybodyThere: boolean, everyMs = 50): boolean => {
    const watchdog = new Watchdog(0);
    let found = false;
    for (let ms = everyMs; ms <= 8000; ms += everyMs)
      found ||= watchdog.look(ms * 1e6, progress(Math.floor(ms / 1000)), isAnybodyThere);
    return found;
  };

  it('notices that nothing moves for five seconds though somebody is there', () =>
    assert.equal(
      look(() => 1, true),
      true,
    ));
  it('is content when anything moves', () =>
    assert.equal(
      look((second) => second, true),
      false,
    ));
  it('blames nobody when nobody is there', () =>
    assert.equal(
      look(() => 1, false),
      false,
    ));
  it('does not count the time in which it did not run itself', () =>
    assert.equal(
      look(() => 1, true, 4000),
      false,
    ));
});

describe('the command line of the torture', () => {
  it('is a minute of all types by default, and without a time limit when kills are counted', () => {
    const { durationMs, kills, scenarios, seed } = readTortureOptions({}, 9);
    assert.deepEqual([durationMs, kills, scenarios.length, seed], [60_000, Infinity, 4, 9]);
    const counted = readTortureOptions({ kills: '10', types: 'mpmc, SPSC', seed: '3' }, 9);
    assert.deepEqual([counted.durationMs, counted.kills, counted.seed], [Infinity, 10, 3]);
    assert.deepEqual(
      counted.scenarios.map(({ name }) => name),
      ['MPMC', 'SPSC'],
    );
  });

  it('is the same for channels that drop the oldest, in which consumers may be overtaken', () => {
    const { scenarios } = readTortureOptions({ types: 'SPSC,MPMC', mode: 'DropOldest' }, 9);
    assert.deepEqual(
      scenarios.map(({ name, channel, mayBeOvertaken }) => [name, channel.backpressure?.mode, mayBeOvertaken]),
      [
        ['SPSC DropOldest', 'DropOldest', true],
        ['MPMC DropOldest', 'DropOldest', true],
      ],
    );
  });

  it('is refused with what was found and expected', () => {
    const wrong = [
      { duration: '5 days' },
      { kills: '1.5' },
      { types: 'SPSC,' },
      { mode: 'drop' },
      { seed: 'x' },
      { stops: '0' },
    ];
    for (const given of wrong)
      assert.throws(
        () => readTortureOptions(given, 1),
        (error) => error instanceof TortureUsage && /found ".*", expected/.test(error.message),
      );
  });
});

describe('the verdict', () => {
  it('is not good when nothing was tried', () => assert.equal(verdictOf([], 1, false).ok, false));
});
