import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNT_MASK, OrderCheck, PRODUCERS_MAX, endMark, markOf } from '../../../bench/workers/marked-message.js';

test('messages of several producers pass in any interleaving that keeps the order of each', () => {
  const check = new OrderCheck(2);
  for (const mark of [markOf(0, 0), markOf(1, 0), markOf(1, 1), markOf(0, 1), markOf(1, 2)]) check.see(mark);
  assert.equal(check.ended, false);
});

test('a gap, a repetition and a swap are refused', () => {
  const after = (...marks: number[]): OrderCheck => {
    const check = new OrderCheck(1);
    for (const mark of marks) check.see(mark);
    return check;
  };
  assert.throws(() => after(markOf(0, 0)).see(markOf(0, 2)), /came where/);
  assert.throws(() => after(markOf(0, 0)).see(markOf(0, 0)), /came where/);
  assert.throws(() => after().see(markOf(0, 1)), /came where/);
});

test('a producer that does not exist is refused', () => {
  assert.throws(() => new OrderCheck(2).see(markOf(2, 0)), /came where/);
});

test('the count goes round without a gap', () => {
  const check = new OrderCheck(1);
  assert.equal(markOf(0, COUNT_MASK + 1), markOf(0, 0));
  for (let count = 0; count < 3; count++) check.see(markOf(0, count + COUNT_MASK + 1));
});

test('all has ended when every producer has', () => {
  const check = new OrderCheck(2);
  check.see(endMark(1));
  assert.equal(check.ended, false);
  check.see(markOf(0, 0));
  check.see(endMark(0));
  assert.equal(check.ended, true);
});

test('no producer has the number that stands for the end', () => {
  assert.ok(markOf(PRODUCERS_MAX - 1, COUNT_MASK) >>> 28 < PRODUCERS_MAX);
  assert.equal(endMark(0) >>> 28, PRODUCERS_MAX);
});
