import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '#src/platform/clock.js';
import { calls, EINVAL, mapped, native, NOT_AN_INDEX, PART } from './kit.js';

function views(bytes: Uint8Array): BigInt64Array {
  return new BigInt64Array(bytes.buffer);
}

describe('the monotonic clock', () => {
  it('is the one that Node reads, in whole nanoseconds, and never goes back', () => {
    let last = Number(process.hrtime.bigint());
    for (let i = 0; i < 1000; i++) {
      const now = native.monotonicNs();
      assert.ok(Number.isInteger(now) && now >= last);
      last = now;
    }
    assert.ok(Number(process.hrtime.bigint()) >= last);
  });

  it('is what systemClock reads, always the same object', () => {
    const before = native.monotonicNs();
    const now = systemClock().monotonicNs();
    assert.ok(now >= before && now <= native.monotonicNs());
    assert.equal(systemClock(), systemClock());
  });
});

describe('stamps', () => {
  it('are the monotonic time plus the offset of the mapping', (t) => {
    const { mapping, region, bytes } = mapped(t);
    const words = views(bytes);
    for (const offset of [0n, 1n, -1n, 1_800_000_000_000_000_000n, -(2n ** 62n), 0xffff_ffffn, 2n ** 32n]) {
      const bits = BigInt.asUintN(64, offset);
      assert.equal(native.setClockOffset(mapping, Number(bits & 0xffff_ffffn), Number(bits >> 32n)), 0);
      const before = process.hrtime.bigint();
      assert.equal(calls.stamp(region, 64), 0);
      const after = process.hrtime.bigint();
      const stamped = BigInt.asIntN(64, (words[8] ?? 0n) - offset);
      assert.ok(stamped >= before && stamped <= after, `offset ${offset}`);
    }
  });

  it('take the halves of the offset from signed and unsigned views alike', (t) => {
    const { mapping, region, bytes } = mapped(t);
    const words = views(bytes);
    native.setClockOffset(mapping, 0xffff_ffff, 0xffff_ffff);
    calls.stamp(region, 0);
    native.setClockOffset(mapping, -1, -1);
    calls.stamp(region, 8);
    const between = (words[1] ?? 0n) - (words[0] ?? 0n);
    assert.ok(between >= 0n && between < 60_000_000_000n);
  });

  it('refuse an offset whose halves are no 32-bit integers', (t) => {
    const { mapping, region, bytes } = mapped(t);
    for (const half of [Number.NaN, Infinity, -Infinity, 0.5, 2 ** 32, -(2 ** 31) - 1, 2 ** 53]) {
      assert.equal(native.setClockOffset(mapping, half, 0), EINVAL, `low ${half}`);
      assert.equal(native.setClockOffset(mapping, 0, half), EINVAL, `high ${half}`);
    }
    for (const handle of NOT_AN_INDEX) assert.equal(native.setClockOffset(handle, 0, 0), EINVAL);
    calls.stamp(region, 0);
    assert.ok((views(bytes)[0] ?? 0n) <= process.hrtime.bigint(), 'the offset is still 0');
  });

  it('in two places of a record are the same reading', (t) => {
    const { region, bytes } = mapped(t);
    const words = views(bytes);
    assert.equal(calls.stampTwice(region, 128, 3 * PART), 0);
    assert.ok((words[16] ?? 0n) > 0n);
    assert.equal(words[16], words[(3 * PART) / 8]);
    assert.equal(words[15], 0n);
    assert.equal(words[17], 0n);
    // what is to be fetched is a hint: no place is wrong for it
    for (const ahead of [64, 4096, 2 ** 31 - 1, -1]) assert.equal(calls.stampTwice(region, 128, 3 * PART, ahead), 0);
  });

  it('belong to their mapping: a second one has an offset of its own', (t) => {
    const first = mapped(t);
    const second = mapped(t);
    native.setClockOffset(first.mapping, 0, 0x1000_0000);
    calls.stamp(second.region, 0);
    assert.ok((views(second.bytes)[0] ?? 0n) <= process.hrtime.bigint());
  });
});

describe('the clock offset', () => {
  it('makes monotonic time the time of day', (t) => {
    const { mapping, region, bytes } = mapped(t);
    const halves = new Uint32Array(bytes.buffer);
    assert.equal(native.writeClockOffset(region, 256), 0);
    assert.equal(native.setClockOffset(mapping, halves[64] ?? 0, halves[65] ?? 0), 0);
    const before = BigInt(Date.now()) * 1_000_000n;
    calls.stamp(region, 0);
    const stamped = views(bytes)[0] ?? 0n;
    const tolerance = 5_000_000_000n; // for a machine whose wall clock is being corrected, not for slowness
    assert.ok(stamped > before - tolerance && stamped < BigInt(Date.now()) * 1_000_000n + tolerance);
  });
});
