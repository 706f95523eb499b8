import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { calls, mapAgain, mapped, messageOf, startWorker } from './kit.js';

describe('the 64-bit compare-and-swap', () => {
  it('swaps both halves when both are as expected', (t) => {
    const { region, bytes } = mapped(t);
    const words = new Uint32Array(bytes.buffer);
    assert.equal(calls.compareAndSwap64(region, 8, 0, 0, 0xdead_beef, 0x0123_4567), true);
    assert.deepEqual([...words.subarray(0, 6)], [0, 0, 0xdead_beef, 0x0123_4567, 0, 0]);
  });

  it('leaves all as it is when either half differs', (t) => {
    const { region, bytes } = mapped(t);
    const words = new Uint32Array(bytes.buffer);
    words.set([1, 2]);
    assert.equal(calls.compareAndSwap64(region, 0, 1, 3, 9, 9), false);
    assert.equal(calls.compareAndSwap64(region, 0, 3, 2, 9, 9), false);
    assert.equal(calls.compareAndSwap64(region, 0, 2, 1, 9, 9), false);
    assert.deepEqual([...words.subarray(0, 2)], [1, 2]);
    assert.equal(calls.compareAndSwap64(region, 0, 1, 2, 9, 8), true);
  });

  it('takes halves from signed and unsigned views alike', (t) => {
    const { region, bytes } = mapped(t);
    const words = new Uint32Array(bytes.buffer);
    words.set([0xffff_ffff, 0x8000_0000]);
    assert.equal(calls.compareAndSwap64(region, 0, -1, -(2 ** 31), -2, 0x7fff_ffff), true);
    assert.deepEqual([...words.subarray(0, 2)], [0xffff_fffe, 0x7fff_ffff]);
    assert.equal(calls.compareAndSwap64(region, 0, 0xffff_fffe, 0x7fff_ffff, 0, 0), true);
  });

  it('loses no addition of two threads, which carry between the halves', async (t) => {
    const { path, bytes } = mapped(t);
    const additions = 50_000;
    const workers = [1, 2].map(() => startWorker(t, 'counter', [path, String(additions)]));
    const retries = await Promise.all(workers.map(messageOf));
    assert.ok(retries.every((count) => typeof count === 'number'));
    const total = new BigUint64Array(bytes.buffer)[0];
    assert.equal(total, BigInt.asUintN(64, 2n * BigInt(additions) * 0x4000_0001n));
  });

  it('is seen through every mapping of the file', (t) => {
    const { fd, region } = mapped(t);
    const second = mapAgain(t, fd);
    assert.equal(calls.compareAndSwap64(region, 0, 0, 0, 1, 2), true);
    assert.equal(calls.compareAndSwap64(second.region, 0, 1, 2, 3, 4), true);
    assert.equal(calls.compareAndSwap64(region, 0, 1, 2, 5, 6), false);
  });
});
