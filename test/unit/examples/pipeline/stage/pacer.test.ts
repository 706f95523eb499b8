import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pacer, sleepUntilAborted } from '../../../../../examples/pipeline/stage/pacer.js';

describe('the pacer', () => {
  it('lets the first piece go at once and each of the others in its time', () => {
    const pacer = new Pacer(10, 5000);
    pacer.advance(5000);
    assert.deepEqual(
      [0, 1].map((n) => pacer.isDue(n)),
      [true, false],
    );
    assert.equal(pacer.msUntil(1, 5000), 100);
    assert.equal(pacer.msUntil(1, 5070), 30);
    pacer.advance(5100);
    assert.deepEqual(
      [1, 2].map((n) => pacer.isDue(n)),
      [true, false],
    );
  });

  it('lets the held-up catch up: as many pieces are due as the time that has passed', () => {
    const pacer = new Pacer(20_000, 0);
    pacer.advance(1000);
    assert.deepEqual(
      [20_000, 20_001].map((n) => pacer.isDue(n)),
      [true, false],
    );
    assert.equal(pacer.msUntil(19_999, 1000), 0);
  });

  it('holds nothing up at rate 0', () => {
    const pacer = new Pacer(0, 0);
    pacer.advance(0);
    assert.equal(pacer.isDue(1e12), true);
    assert.equal(pacer.msUntil(1e12, 0), 0);
  });

  it('sleeps at a rate so low that a timer cannot hold the time until the next piece', () => {
    assert.ok(new Pacer(1e-9, 0).msUntil(1, 0) > 2 ** 31);
  });
});

describe('a sleep', () => {
  it('ends when the signal aborts, also when it has aborted before', async () => {
    const controller = new AbortController();
    const sleep = sleepUntilAborted(1e12, controller.signal);
    controller.abort();
    await sleep;
    await sleepUntilAborted(1e12, controller.signal);
  });
});
