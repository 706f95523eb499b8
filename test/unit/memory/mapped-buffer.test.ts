import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { MappedBuffer } from '#src/memory/mapped-buffer.js';
import type { Segment } from '#src/layout/segment.js';
import { TemporaryChannel } from '../../kit/temporary-channel.js';

const AT = 40_960;

/** Two mappings of the same segment, and a place in its control region that nothing else uses. */
function twice(t: TestContext): [MappedBuffer, MappedBuffer] {
  const channel = new TemporaryChannel(t);
  return [segment(t, channel, true).control, segment(t, channel, false).control];
}

function segment(t: TestContext, channel: TemporaryChannel, ringWritable: boolean): Segment {
  const opened = channel.segment(ringWritable);
  t.after(() => opened.close());
  return opened;
}

describe('a mapped buffer', () => {
  it('shows what another mapping stored, by every pair of access', (t) => {
    const [one, two] = twice(t);
    for (const value of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      for (const store of ['putInt32', 'storeRelease', 'storeVolatile', 'exchange'] as const) {
        one[store](AT, ~value);
        one[store](AT, value);
        for (const load of ['getInt32', 'loadAcquire', 'loadVolatile'] as const)
          assert.equal(two[load](AT), value, `${store}, ${load}`);
      }
    }
    for (const value of [0, -0, 1.5, 2 ** 53, Infinity, Number.MIN_VALUE]) {
      for (const store of ['putFloat64', 'storeFloat64Release'] as const) {
        one[store](AT, value);
        for (const load of ['getFloat64', 'loadFloat64Acquire'] as const) assert.ok(Object.is(two[load](AT), value));
      }
    }
  });

  it('adds, exchanges and compares atomically, with what was there as the answer', (t) => {
    const [one, two] = twice(t);
    one.storeVolatile(AT, 5);
    assert.equal(two.add(AT, 3), 5);
    assert.equal(one.exchange(AT, 100), 8);
    assert.equal(two.compareAndSwap32(AT, 99, 1), false);
    assert.equal(two.compareAndSwap32(AT, 100, -7), true);
    assert.equal(one.loadVolatile(AT), -7);
  });

  it('swaps 64 bits only when both halves are as expected', (t) => {
    const [one, two] = twice(t);
    const halves = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)];
    for (const low of halves) {
      for (const high of halves) {
        one.storeVolatile(AT, low);
        one.storeVolatile(AT + 4, high);
        assert.equal(two.compareAndSwap64(AT, low ^ 1, high, 1, 2), false);
        assert.equal(two.compareAndSwap64(AT, low, high ^ 1, 1, 2), false);
        assert.equal(two.compareAndSwap64(AT, low, high, high, low), true);
        assert.deepEqual([one.loadVolatile(AT), one.loadVolatile(AT + 4)], [high, low]);
      }
    }
    one.putFloat64(AT, 64);
    assert.equal(two.compareAndSwapFloat64(AT, 65, 1), false);
    assert.equal(two.compareAndSwapFloat64(AT, 64, 2 ** 53), true);
    assert.equal(one.getFloat64(AT), 2 ** 53);
  });

  it('shows the ring twice, back to back, so that nothing is split at its end', (t) => {
    const channel = new TemporaryChannel(t);
    const writable = segment(t, channel, true).windows[0]!;
    const readable = segment(t, channel, false).windows[0]!;
    const { capacity } = channel.shape;
    writable.putBytes(capacity - 3, Uint8Array.of(1, 2, 3, 4, 5, 6));
    assert.deepEqual([...readable.bytes.subarray(0, 3)], [4, 5, 6]);
    assert.deepEqual([...readable.bytes.subarray(capacity - 3, capacity + 3)], [1, 2, 3, 4, 5, 6]);
  });

  it('reads zeros after the close, takes stores that go nowhere, and refuses to swap', (t) => {
    const channel = new TemporaryChannel(t);
    const other = segment(t, channel, false).control;
    const closed = channel.segment(true);
    const { control } = closed;
    control.storeVolatile(AT, 77);
    closed.close();
    assert.equal(control.loadVolatile(AT), 0);
    control.storeVolatile(AT, 1);
    assert.throws(() => control.compareAndSwap64(AT, 1, 0, 2, 2), { code: 'ERR_CLOSED' });
    assert.equal(other.loadVolatile(AT), 77);
  });
});
