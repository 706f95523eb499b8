import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WaterLevel, throttleDelayNs } from '#src/channel/backpressure/water-level.js';

const MARKS = { highWaterMark: 0.8, lowWaterMark: 0.6 };

describe('a water level', () => {
  it('rises at the high mark and falls at the low one, and says so once', () => {
    const level = new WaterLevel(MARKS);
    const seen = [0.5, 0.7, 0.79, 0.8, 0.9, 1, 0.7, 0.61, 0.6, 0.7, 0.79, 0.8].map((share) => level.see(share));
    const u = undefined;
    assert.deepEqual(seen, [u, u, u, 'rose', u, u, u, u, 'fell', u, u, 'rose']);
  });
});

describe('the delay of a throttled write', () => {
  const delays = { minDelayUs: 10, maxDelayUs: 1000 };
  const us = (utilization: number, marks = MARKS): number => throttleDelayNs(utilization, marks, delays) / 1000;

  it('grows in a straight line from the least at the high mark to the greatest when the ring is full', () => {
    assert.equal(us(0.8), 10);
    assert.ok(Math.abs(us(0.9) - 505) < 1e-6);
    assert.equal(us(1), 1000);
  });

  it('is the least below the high mark, down to the low one', () => assert.equal(us(0.65), 10));

  it('is never beyond the greatest', () => assert.equal(us(1.5), 1000));

  it('is the greatest when the high mark is full', () => {
    const marks = { highWaterMark: 1, lowWaterMark: 0.5 };
    assert.equal(us(0.99, marks), 10);
    assert.equal(us(1, marks), 1000);
  });
});
