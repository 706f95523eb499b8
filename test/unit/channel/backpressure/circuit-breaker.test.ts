import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { CircuitBreaker } from '#src/channel/backpressure/circuit-breaker.js';
import { CONTROL } from '#src/layout/schema.js';
import { TemporaryChannel } from '../../../kit/temporary-channel.js';

const SETTINGS = { failureThreshold: 3, failureWindowMs: 100, recoveryTimeoutMs: 1000 };

/** A breaker as several producers see it, at a time that the test says. */
class Bench {
  nowMs: number;
  readonly dead = new Set<number>();
  readonly control;

  constructor(t: TestContext, startMs = 5000) {
    this.nowMs = startMs;
    this.control = new TemporaryChannel(t).observer().control;
  }

  producer(slot: number): CircuitBreaker {
    const clock = { monotonicNs: () => this.nowMs * 1e6 };
    return new CircuitBreaker(this.control, slot, SETTINGS, clock, (other) => !this.dead.has(other));
  }
}

function fail(breaker: CircuitBreaker, times: number): void {
  for (let n = 0; n < times; n++) breaker.failed();
}

describe('a circuit breaker', () => {
  it('opens at exactly as many failures within the window as the threshold says', (t) => {
    const bench = new Bench(t);
    const breaker = bench.producer(0);
    fail(breaker, 2);
    assert.equal(breaker.state, 'closed');
    assert.ok(breaker.isClosed);
    bench.nowMs += 100; // the last moment of the window
    fail(breaker, 1);
    assert.equal(breaker.state, 'open');
    assert.equal(bench.control.getFloat64(CONTROL.at.breakerOpened), 1);
  });

  it('begins another window with the first failure after the end of one', (t) => {
    const bench = new Bench(t);
    const breaker = bench.producer(0);
    fail(breaker, 2);
    bench.nowMs += 101;
    fail(breaker, 2);
    assert.equal(breaker.state, 'closed');
    fail(breaker, 1);
    assert.equal(breaker.state, 'open');
  });

  it('lets one write through when the recovery time is over, not a moment before, and one only', (t) => {
    const bench = new Bench(t);
    const [one, other] = [bench.producer(0), bench.producer(1)];
    fail(one, 3);
    bench.nowMs += 999;
    assert.equal(one.mayProbe(), false);
    bench.nowMs += 1;
    assert.equal(other.mayProbe(), true);
    assert.equal(one.state, 'half-open', 'all see it');
    assert.equal(one.mayProbe(), false);
    assert.equal(one.mayProbe(), false);
  });

  it('closes when the probe succeeds, and counts failures anew', (t) => {
    const bench = new Bench(t);
    const [one, other] = [bench.producer(0), bench.producer(1)];
    fail(one, 3);
    bench.nowMs += 1000;
    assert.equal(one.mayProbe(), true);
    other.succeeded();
    assert.equal(one.state, 'half-open', 'the success of another one says nothing');
    one.succeeded();
    assert.ok(other.isClosed);
    fail(other, 2);
    assert.ok(other.isClosed);
  });

  it('opens again when the probe fails, for another recovery time', (t) => {
    const bench = new Bench(t);
    const [one, other] = [bench.producer(0), bench.producer(1)];
    fail(one, 3);
    bench.nowMs += 1000;
    assert.equal(one.mayProbe(), true);
    other.failed();
    assert.equal(one.state, 'half-open', 'nor does its failure');
    one.failed();
    assert.equal(one.state, 'open');
    assert.equal(bench.control.getFloat64(CONTROL.at.breakerOpened), 2, 'it opened twice');
    bench.nowMs += 999;
    assert.equal(other.mayProbe(), false);
    bench.nowMs += 1;
    assert.equal(other.mayProbe(), true);
  });

  it('lets a new producer probe at once in the slot of a prober that died', (t) => {
    const bench = new Bench(t);
    const [dead, other] = [bench.producer(0), bench.producer(1)];
    fail(dead, 3);
    bench.nowMs += 1000;
    assert.equal(dead.mayProbe(), true);
    const heir = bench.producer(0);
    assert.equal(other.mayProbe(), false, 'the slot has an owner again');
    assert.equal(heir.mayProbe(), true);
    heir.succeeded();
    assert.ok(other.isClosed);
  });

  it('counts the failures of all its producers together', (t) => {
    const bench = new Bench(t);
    const breakers = [0, 1, 2].map((slot) => bench.producer(slot));
    for (const breaker of breakers) {
      assert.ok(breaker.isClosed);
      breaker.failed();
    }
    assert.deepEqual(
      breakers.map(({ state }) => state),
      ['open', 'open', 'open'],
    );
  });

  it('is not counted a failure by those who come to a full ring when it is open already', (t) => {
    const bench = new Bench(t);
    const [one, other] = [bench.producer(0), bench.producer(1)];
    fail(one, 3);
    bench.nowMs += 500;
    other.failed();
    bench.nowMs += 500;
    assert.equal(other.mayProbe(), true, 'the recovery time is that of the opening');
  });

  it('goes on whatever somebody wrote into its words', (t) => {
    const bench = new Bench(t);
    const breaker = bench.producer(0);
    const words = new DataView(bench.control.view.buffer, bench.control.view.byteOffset);
    for (const low of [3, -1, 0x7fff_ffff, 2 | (200 << 2)]) {
      words.setBigUint64(CONTROL.at.breakerOpened, 0xfff8_dead_beef_0001n, true);
      words.setInt32(CONTROL.at.breaker, low, true);
      words.setInt32(CONTROL.at.breaker + 4, -7, true);
      bench.nowMs += 5000;
      assert.equal(breaker.mayProbe(), true);
      fail(breaker, 3);
      assert.equal(breaker.mayProbe(), false);
    }
  });

  it('has another prober at once when the prober is dead, and after a recovery time when it is silent', (t) => {
    const bench = new Bench(t);
    const [one, other] = [bench.producer(0), bench.producer(1)];
    fail(one, 3);
    bench.nowMs += 1000;
    assert.equal(one.mayProbe(), true);
    assert.equal(other.mayProbe(), false);
    bench.dead.add(0);
    assert.equal(other.mayProbe(), true);
    bench.dead.clear();
    assert.equal(one.mayProbe(), false);
    bench.nowMs += 1000;
    assert.equal(one.mayProbe(), true);
    other.succeeded();
    assert.equal(one.state, 'half-open', 'who was replaced decides nothing any more');
  });

  it('is for another probe at once when one comes to nothing', (t) => {
    const bench = new Bench(t);
    const [one, other] = [bench.producer(0), bench.producer(1)];
    fail(one, 3);
    bench.nowMs += 1000;
    assert.equal(one.mayProbe(), true);
    one.givenBack();
    assert.equal(one.state, 'open');
    assert.equal(other.mayProbe(), true);
  });

  it('does not mind that its clock goes round', (t) => {
    const bench = new Bench(t, 2 ** 32 - 50);
    const breaker = bench.producer(0);
    fail(breaker, 2);
    bench.nowMs += 99;
    fail(breaker, 1);
    assert.equal(breaker.state, 'open');
    bench.nowMs += 999;
    assert.equal(breaker.mayProbe(), false);
    bench.nowMs += 1;
    assert.equal(breaker.mayProbe(), true);
  });
});
