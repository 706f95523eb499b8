import assert from 'node:assert/strict';
import { truncateSync, unlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  calls,
  createdFile,
  EAGAIN,
  EBADF,
  EINVAL,
  ENODATA,
  mapAgain,
  mapped,
  native,
  NOT_AN_INDEX,
  NOT_AN_INDEX_WORD,
  PART,
  succeed,
} from './kit.js';

const RING = 2 * PART;
const MIRROR = 3 * PART;
const SCRATCH = 4 * PART;

describe('a mapping', () => {
  it('holds control, claims, the ring twice, and a scratch page', (t) => {
    const { mapping, bytes } = mapped(t);
    assert.equal(bytes.length, 5 * PART);
    assert.equal(native.buffer(mapping), bytes.buffer, 'the same ArrayBuffer every time');
  });

  it('has no claims where none are wanted', (t) => {
    const { fd } = createdFile(t);
    succeed(native.allocate(fd, 3 * PART));
    const mapping = succeed(native.map(fd, PART, 0, 2 * PART, PART, true));
    t.after(() => native.unmap(mapping));
    const bytes = new Uint8Array(native.buffer(mapping));
    assert.equal(bytes.length, PART + 4 * PART + PART);
    bytes[PART] = 9;
    assert.equal(bytes[3 * PART], 9);
  });

  it('shows each byte of the ring at two places, so that a record may cross the end', (t) => {
    const { bytes } = mapped(t);
    bytes.set([1, 2, 3, 4], MIRROR - 2);
    assert.deepEqual([...bytes.subarray(RING, RING + 2)], [3, 4]);
    assert.deepEqual([...bytes.subarray(SCRATCH - 2, SCRATCH)], [1, 2]);
    bytes[RING + 77] = 5;
    assert.equal(bytes[MIRROR + 77], 5);
    assert.equal(bytes[SCRATCH], 0, 'nothing crosses into the scratch page');
  });

  it('is shared with every other mapping of the file, but for the scratch page', (t) => {
    const { fd, bytes } = mapped(t);
    const second = mapAgain(t, fd, false).bytes;
    for (const at of [0, PART, RING, SCRATCH - 1]) {
      bytes[at] = 3;
      assert.equal(second[at], 3);
    }
    bytes[SCRATCH] = 4;
    assert.equal(second[SCRATCH], 0);
  });

  it('outlives its descriptor and its file name', (t) => {
    const { path, fd } = createdFile(t);
    succeed(native.allocate(fd, 3 * PART));
    const { bytes } = mapAgain(t, fd);
    unlinkSync(path);
    assert.equal(native.linkCount(fd), 0);
    assert.equal(native.closeFile(fd), 0);
    bytes[RING] = 8;
    assert.equal(bytes[MIRROR], 8);
  });

  it('is refused over a file that is shorter than it', (t) => {
    const { path, fd } = createdFile(t);
    assert.equal(native.map(fd, PART, PART, PART, PART, true), ENODATA);
    succeed(native.allocate(fd, 3 * PART));
    truncateSync(path, 3 * PART - 1);
    assert.equal(native.map(fd, PART, PART, PART, PART, true), ENODATA);
  });

  it('is refused for sizes that are no multiples of 64 KiB, empty or absurd', (t) => {
    const { fd } = createdFile(t);
    succeed(native.allocate(fd, 3 * PART));
    for (const size of [1, PART - 1, PART + 4096, ...NOT_AN_INDEX]) {
      assert.ok(native.map(fd, size, PART, PART, PART, true) < 0, `control of ${size}`);
      assert.ok(native.map(fd, PART, size, PART, PART, true) < 0, `claims of ${size}`);
      assert.ok(native.map(fd, PART, PART, size, PART, true) < 0, `ring of ${size}`);
    }
    assert.equal(native.map(fd, 0, PART, PART, PART, true), EINVAL);
    assert.equal(native.map(fd, PART, PART, 0, PART, true), EINVAL);
    assert.equal(native.map(fd, PART, PART, PART, 0, true), EINVAL);
    for (const huge of [2 ** 40 + PART, 2 ** 47, 2 ** 53 - PART]) {
      assert.equal(native.map(fd, PART, PART, huge, PART, true), EINVAL);
      assert.equal(native.map(fd, PART, PART, PART, huge, true), EINVAL);
    }
    for (const scratch of [1, PART - 1, PART + 4096, -1, 0.5]) {
      assert.equal(native.map(fd, PART, PART, PART, scratch, true), EINVAL, `scratch of ${scratch}`);
    }
  });

  it('is refused for a descriptor that is not open', () => {
    for (const fd of [-1, 0, 99_999, Number.NaN]) assert.equal(native.map(fd, PART, PART, PART, PART, true), EBADF);
  });
});

describe('unmapping', () => {
  it('happens once', (t) => {
    const { mapping } = mapped(t);
    assert.equal(native.unmap(mapping), 0);
    assert.equal(native.unmap(mapping), EINVAL);
    assert.throws(() => native.buffer(mapping), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    assert.equal(native.region(mapping, 0, 8), EINVAL);
    assert.equal(native.setClockOffset(mapping, 0, 0), EINVAL);
  });

  it('ends the regions of that mapping and of no other', (t) => {
    const { fd, mapping, region } = mapped(t);
    const other = mapAgain(t, fd);
    const second = succeed(native.region(mapping, PART, PART));
    native.unmap(mapping);
    for (const ended of [region, second]) {
      assert.equal(calls.stamp(ended, 0), EINVAL);
      assert.equal(calls.stampTwice(ended, 0, 8), EINVAL);
      assert.equal(calls.compareAndSwap64(ended, 0, 0, 0, 1, 1), false);
      assert.equal(native.futexWait(ended, 0, 0, 0), EINVAL);
      assert.equal(native.futexWake(ended, 0, 1), EINVAL);
      assert.equal(native.writeClockOffset(ended, 0), EINVAL);
    }
    assert.equal(calls.stamp(other.region, 0), 0);
  });

  it('leaves zeros under the views that somebody kept, and keeps their stores to itself', (t) => {
    const { fd, mapping, bytes } = mapped(t);
    const other = mapAgain(t, fd).bytes;
    bytes.fill(7, 0, SCRATCH);
    native.unmap(mapping);
    assert.equal(bytes.length, 5 * PART);
    assert.ok(bytes.every((byte) => byte === 0));
    bytes[RING] = 1;
    assert.equal(bytes[MIRROR], 0, 'not even mirrored any more');
    assert.equal(other[RING], 7);
  });

  it('needs no buffer to have been made', (t) => {
    const { fd } = createdFile(t);
    succeed(native.allocate(fd, 3 * PART));
    for (let i = 0; i < 5000; i++) {
      const mapping = succeed(native.map(fd, PART, PART, PART, PART, true));
      assert.equal(native.unmap(mapping), 0);
    }
  });

  it('never gives the same handle to the next mapping', (t) => {
    const { fd } = createdFile(t);
    succeed(native.allocate(fd, 3 * PART));
    const seen = new Set<number>();
    for (let i = 0; i < 3000; i++) {
      const mapping = succeed(native.map(fd, PART, PART, PART, PART, true));
      native.unmap(mapping);
      seen.add(mapping);
    }
    assert.equal(seen.size, 3000);
  });
});

describe('a region', () => {
  it('is any 8-aligned part of a mapping', (t) => {
    const { mapping, bytes } = mapped(t);
    const region = succeed(native.region(mapping, PART, 64));
    assert.equal(calls.compareAndSwap64(region, 56, 0, 0, 0x0403_0201, 0x0807_0605), true);
    assert.deepEqual([...bytes.subarray(PART + 56, PART + 64)], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.ok(native.region(mapping, 5 * PART, 0) > 0, 'an empty one at the very end');
  });

  it('is refused where the mapping is not', (t) => {
    const { mapping } = mapped(t);
    const end = 5 * PART;
    const refused: [start: number, length: number][] = [
      [4, 8],
      [end, 8],
      [end - 8, 16],
      [end + 8, 0],
      [0, end + 1],
      [0, 2 ** 31 + 1],
      [2 ** 53 - 8, 8],
      [-8, 8],
      [0, -1],
      [0.5, 8],
      [0, Number.NaN],
    ];
    for (const [start, length] of refused)
      assert.equal(native.region(mapping, start, length), EINVAL, `${start}+${length}`);
    for (const handle of [...NOT_AN_INDEX, 0, mapping + 1, mapping + 8192]) {
      assert.equal(native.region(handle, 0, 8), EINVAL, `mapping ${handle}`);
    }
  });

  it('takes no place outside itself, nor a misaligned one', (t) => {
    const { mapping, region: whole, bytes } = mapped(t);
    const region = succeed(native.region(mapping, PART, 64));
    for (const offset of [...NOT_AN_INDEX_WORD, 57, 60, 64, 128, 4, 1, PART, 2 ** 31 - 8]) {
      assert.equal(calls.stamp(region, offset), EINVAL, `stamp at ${offset}`);
      assert.equal(calls.stampTwice(region, offset, 0), EINVAL);
      assert.equal(calls.stampTwice(region, 0, offset), EINVAL);
      assert.equal(calls.compareAndSwap64(region, offset, 0, 0, 1, 1), false);
    }
    for (const offset of [...NOT_AN_INDEX, 57, 64, 4]) assert.ok(native.writeClockOffset(region, offset) < 0);
    for (const offset of [...NOT_AN_INDEX, 62, 64, 2, 1]) {
      assert.equal(native.futexWait(region, offset, 0, 0), EINVAL);
      assert.equal(native.futexWake(region, offset, 1), EINVAL);
    }
    for (const handle of [...NOT_AN_INDEX_WORD, 0, whole + 2, whole + 4096])
      assert.equal(calls.stamp(handle, 0), EINVAL);
    assert.ok(
      bytes.every((byte) => byte === 0),
      'the refused calls wrote nothing',
    );
  });

  it('has no place at all when it is empty or shorter than a word', (t) => {
    const { mapping } = mapped(t);
    const empty = succeed(native.region(mapping, 0, 0));
    const short = succeed(native.region(mapping, 0, 7));
    for (const region of [empty, short]) assert.equal(calls.stamp(region, 0), EINVAL);
    assert.equal(native.futexWake(empty, 0, 1), EINVAL);
    assert.equal(native.futexWake(short, 0, 1), 0);
  });

  it('knows the pages that are read-only, wherever it begins', (t) => {
    const { mapping, region: whole, bytes } = mapped(t, false);
    const writes = (region: number, offset: number): number[] => [
      calls.stamp(region, offset),
      native.writeClockOffset(region, offset),
      calls.compareAndSwap64(region, offset, 0, 0, 0, 0) ? 0 : EINVAL,
    ];
    const refused = [EINVAL, EINVAL, EINVAL];
    for (const offset of [RING, MIRROR - 8, MIRROR, SCRATCH - 8]) assert.deepEqual(writes(whole, offset), refused);
    assert.equal(calls.stampTwice(whole, 0, RING), EINVAL);
    assert.equal(bytes[0], 0, 'neither stamp was written');
    const inside = succeed(native.region(mapping, RING, 2 * PART));
    assert.deepEqual(writes(inside, 0), refused);
    const across = succeed(native.region(mapping, SCRATCH - 64, 128));
    assert.deepEqual(writes(across, 56), refused);
    assert.equal(calls.stamp(across, 64), 0);
    for (const offset of [0, RING - 8, SCRATCH]) assert.equal(calls.stamp(whole, offset), 0);
    assert.equal(native.futexWake(whole, RING, 1), 0, 'waking needs no right to write');
    assert.equal(native.futexWait(whole, RING, 1, 0), EAGAIN, 'nor does waiting');
  });
});
