import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TimeRing } from '#src/dashboard/time-ring.js';

function timesOf(ring: TimeRing): number[] {
  return Array.from({ length: ring.length }, (_, index) => ring.timeOf(index));
}

describe('a ring of times', () => {
  it('has no newest at first', () => {
    const ring = new TimeRing(3);
    assert.deepEqual([ring.length, ring.newestMs, timesOf(ring)], [0, -Infinity, []]);
  });

  it('keeps the last rows, the oldest first, each at a slot of its own', () => {
    const ring = new TimeRing(3);
    const slots = [10, 20, 30, 40, 50].map((ms) => ring.push(ms));
    assert.deepEqual(timesOf(ring), [30, 40, 50]);
    assert.deepEqual(
      [0, 1, 2].map((index) => ring.slotOf(index)),
      slots.slice(2),
    );
    assert.equal(new Set(slots.slice(2)).size, 3);
    assert.deepEqual([ring.newestMs, ring.newestSlot], [50, slots[4]]);
  });

  it('forgets the newest rows, and goes on after those that are left', () => {
    const ring = new TimeRing(3);
    for (const ms of [10, 20, 30, 40]) ring.push(ms);
    assert.equal(ring.forgetFrom(41), false);
    assert.equal(ring.forgetFrom(30), true);
    assert.deepEqual(timesOf(ring), [20]);
    for (const ms of [25, 26, 27]) ring.push(ms);
    assert.deepEqual(timesOf(ring), [25, 26, 27]);
    assert.equal(ring.forgetFrom(0), true);
    assert.equal(ring.length, 0);
    ring.push(5);
    assert.deepEqual(timesOf(ring), [5]);
  });
});
