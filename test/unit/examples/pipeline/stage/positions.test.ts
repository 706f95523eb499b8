import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Position, PositionLimit } from '../../../../../examples/pipeline/stage/positions.js';

describe('a position', () => {
  it('is worth what was earned, less what was spent, plus what is held at the price of the day', () => {
    const position = new Position();
    position.add({ isBuy: true, price: 5_850_000, quantity: 100 });
    position.add({ isBuy: false, price: 5_860_000, quantity: 60 });
    assert.equal(position.shares, 40);
    assert.equal(position.cash, -5_850_000 * 100 + 5_860_000 * 60);
    assert.equal(position.valueAt(5_850_000), 60 * 10_000);
  });
});

describe('a position limit', () => {
  const buy = { isBuy: true, price: 1, quantity: 100 };
  const sell = { isBuy: false, price: 1, quantity: 100 };

  it('accepts up to the limit either way, and counts what it refuses', () => {
    const limit = new PositionLimit(200);
    assert.deepEqual(
      [buy, buy, buy, sell].map((trade) => limit.accepts(trade)),
      [true, true, false, true],
    );
    assert.deepEqual(
      [sell, sell, sell, sell].map((trade) => limit.accepts(trade)),
      [true, true, true, false],
    );
    assert.equal(limit.position.shares, -200);
    assert.deepEqual([limit.accepted, limit.rejected], [6, 2]);
  });

  it('leaves the position as it was when it refuses', () => {
    const limit = new PositionLimit(50);
    assert.equal(limit.accepts(buy), false);
    assert.deepEqual([limit.position.shares, limit.position.cash], [0, 0]);
  });
});
