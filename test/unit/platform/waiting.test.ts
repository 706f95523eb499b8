import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  EAGAIN,
  EINVAL,
  ETIMEDOUT,
  mapped,
  messageOf,
  native,
  NOT_AN_INDEX,
  PART,
  startProcess,
  startWorker,
} from './kit.js';

const RING = 2 * PART;

describe('waiting on a futex', () => {
  it('does not wait when the word is no longer as expected', (t) => {
    const { region, bytes } = mapped(t);
    new Uint32Array(bytes.buffer)[16] = 0xffff_fff0;
    assert.equal(native.futexWait(region, 64, 0, 60e9), EAGAIN);
    assert.equal(native.futexWait(region, 64, 0xffff_fff0, 0), ETIMEDOUT, 'unsigned');
    assert.equal(native.futexWait(region, 64, -16, 0), ETIMEDOUT, 'signed');
  });

  it('ends when its time is over', (t) => {
    const { region } = mapped(t);
    const start = native.monotonicNs();
    assert.equal(native.futexWait(region, 0, 0, 2e6), ETIMEDOUT);
    assert.ok(native.monotonicNs() - start >= 2e6);
  });

  it('refuses a time that is none and a value that is no 32-bit integer', (t) => {
    const { region } = mapped(t);
    for (const ns of [-1, Number.NaN, -Infinity]) assert.equal(native.futexWait(region, 0, 0, ns), EINVAL);
    for (const value of [0.5, 2 ** 32, Number.NaN, -(2 ** 31) - 1])
      assert.equal(native.futexWait(region, 0, value, 0), EINVAL);
  });

  for (const [kind, start] of [
    ['process', startProcess],
    ['worker thread', startWorker],
  ] as const) {
    it(`ends when another ${kind} wakes the word, also in a read-only ring seen through the mirror`, async (t) => {
      const { path, region } = mapped(t);
      const waiter = start(t, 'futex-waiter', [path, String(RING + 64)]);
      assert.equal(await messageOf(waiter), 'about to wait');
      const answered = messageOf(waiter);
      // It is asleep, and not just about to be, when a wake-up finds it.
      while (native.futexWake(region, RING + PART + 64, 1) === 0) await setImmediate();
      assert.equal(await answered, 0);
    });
  }

  it('wakes no more waiters than asked', async (t) => {
    const { path, region } = mapped(t);
    const waiters = [1, 2, 3].map(() => startWorker(t, 'futex-waiter', [path, '128']));
    await Promise.all(waiters.map(messageOf));
    const answers = Promise.all(waiters.map(messageOf));
    let woken = 0;
    while (woken < 3) {
      const now = native.futexWake(region, 128, 1);
      assert.ok(now === 0 || now === 1);
      woken += now;
      await setImmediate();
    }
    assert.deepEqual(await answers, [0, 0, 0]);
    assert.equal(native.futexWake(region, 128, 2 ** 31 - 1), 0);
  });

  it('is never ended by a count of none, nor by a count that is no number', (t) => {
    const { region } = mapped(t);
    assert.equal(native.futexWake(region, 0, 0), 0);
    for (const count of NOT_AN_INDEX) assert.equal(native.futexWake(region, 0, count), EINVAL);
  });
});

describe('pausing', () => {
  it('takes any number, and answers nothing', () => {
    for (const iterations of [0, 1, 10_000, 2 ** 31 - 1, ...NOT_AN_INDEX])
      assert.equal(native.pause(iterations), undefined);
  });

  it('gives up the processor, or sleeps at least as long as asked', () => {
    assert.equal(native.yieldProcessor(), undefined);
    const start = native.monotonicNs();
    native.sleep(1e6);
    assert.ok(native.monotonicNs() - start >= 1e6);
  });

  it('does not sleep at all for a time that is none', () => {
    for (const ns of [0, -1, -Infinity, Number.NaN, 0.5]) assert.equal(native.sleep(ns), undefined);
  });
});

describe('fences', () => {
  it('of this thread answer nothing', () => assert.equal(native.fence(), undefined));

  it('of all other threads work after registering, or say that the kernel has none', () => {
    const registered = native.registerFence();
    assert.ok(registered <= 0);
    assert.equal(native.registerFence(), registered, 'twice is as good as once');
    if (registered === 0) assert.equal(native.fenceOthers(), 0);
    else assert.ok(native.fenceOthers() <= 0);
  });
});
