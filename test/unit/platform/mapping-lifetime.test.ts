import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, truncateSync } from 'node:fs';
import { describe, it } from 'node:test';
import { calls, EBADF, EINVAL, endOf, mapped, messageOf, native, PART, startProcess, startWorker } from './kit.js';

const RING = 2 * PART;

/** How many places of this process's address space, and how many of its descriptors, still name that file. */
function tracesOf(path: string): { mappings: number; descriptors: number } {
  const mappings = readFileSync('/proc/self/maps', 'utf8').split(path).length - 1;
  const named = readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // the descriptor that read the folder
    }
  });
  return { mappings, descriptors: named.length };
}

describe('a store to a read-only ring', () => {
  for (const [place, at] of [
    ['ring', RING],
    ['mirror', 3 * PART],
  ] as const) {
    it(`kills the process that made it, and harms no other (${place})`, async (t) => {
      const { path, bytes } = mapped(t);
      bytes[RING] = 5;
      const child = startProcess(t, 'read-only-writer', [path, String(at)]);
      assert.equal(await messageOf(child), 5, 'it reads what others write');
      child.send('write');
      assert.deepEqual(await endOf(child), { code: null, signal: 'SIGSEGV' });
      assert.equal(bytes[RING], 5);
      bytes[RING] = 6;
      assert.equal(bytes[3 * PART], 6);
    });
  }

  it('is no harm in the control part, which consumers write', async (t) => {
    const { path, bytes } = mapped(t);
    const child = startProcess(t, 'read-only-writer', [path, '64']);
    await messageOf(child);
    child.send('write');
    assert.equal(await messageOf(child), 'survived');
    assert.equal(bytes[64], 1);
  });
});

describe('a file truncated under its mapping', () => {
  it('kills who touches the missing pages, as the platform has no other answer, and no one else', async (t) => {
    const { path } = mapped(t);
    const child = startProcess(t, 'truncated-reader', [path]);
    assert.equal(await messageOf(child), 'mapped');
    truncateSync(path, 0);
    child.send('read');
    assert.deepEqual(await endOf(child), { code: null, signal: 'SIGBUS' });
  });
});

describe('views that are kept after unmapping', () => {
  it('read zeros under forced garbage collection, and every mapping comes back in the end', async (t) => {
    const { path, bytes } = mapped(t);
    const child = startProcess(t, 'kept-view', [path], ['--expose-gc']);
    assert.deepEqual(await messageOf(child), { sums: [0, 0, 0], stale: [5 * PART, 5 * PART, 5 * PART], made: 9000 });
    assert.deepEqual(await endOf(child), { code: 0, signal: null });
    assert.equal(bytes[RING], 7, 'stale stores never reached the file');
  });
});

describe('a worker thread', () => {
  it('knows nothing of the descriptors, mappings and regions of another thread', async (t) => {
    const { fd, mapping, region } = mapped(t);
    const worker = startWorker(t, 'foreign-handles', [fd, mapping, region].map(String));
    assert.deepEqual(await messageOf(worker), {
      descriptor: [EBADF, EBADF, EBADF, EBADF],
      mapping: [EINVAL, EINVAL, EINVAL],
      region: [EINVAL, EINVAL, EINVAL],
      swapped: false,
      bufferError: 'RangeError: alphapulse-bus native: no such mapping',
    });
    assert.equal(calls.stamp(region, 0), 0);
    assert.equal(native.fileSize(fd), 3 * PART);
  });

  for (const how of ['map and stay', 'exit', 'throw']) {
    it(`leaves no descriptor and no mapping behind when it ends (${how})`, async (t) => {
      const { path } = mapped(t);
      const before = tracesOf(path);
      assert.ok(before.mappings > 0);
      const worker = startWorker(t, 'lock-holder', [path, '5', how]);
      worker.on('error', () => undefined);
      await messageOf(worker);
      await worker.terminate();
      assert.deepEqual(tracesOf(path), before);
    });
  }

  it('has handles that mean nothing to the thread that started it', async (t) => {
    const { path } = mapped(t);
    const worker = startWorker(t, 'lock-holder', [path, '5', 'map and stay']);
    const [result, mapping, region, fd] = (await messageOf(worker)) as [number, number, number, number];
    assert.equal(result, 0);
    assert.equal(native.unmap(mapping), EINVAL);
    assert.equal(calls.stamp(region, 0), EINVAL);
    assert.equal(native.closeFile(fd), EBADF);
  });
});
