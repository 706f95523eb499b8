import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import type { ChannelShape } from '#src/layout/geometry.js';
import { hugeMounts, numaNodes } from '#src/layout/huge-mounts.js';
import { ORDINARY_MEMORY, type MemorySettings } from '#src/layout/memory-settings.js';
import { Segment } from '#src/layout/segment.js';
import { BusError } from '#src/platform/bus-error.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

const SHAPE: ChannelShape = { name: 'test', type: 'MPSC', capacity: 2 ** 20, messageSizeMax: 1024 };
const NO_NODE = 1000;

function open(t: TestContext, directory: string, memory: Partial<MemorySettings>, ringWritable = true): Segment {
  const segment = Segment.openOrCreate(directory, SHAPE, { ringWritable, memory: { ...ORDINARY_MEMORY, ...memory } });
  t.after(() => segment.close());
  return segment;
}

/** Kilobytes that the mappings of a directory's segment have in the page table of this process. */
function residentKb(directory: string): number {
  let kilobytes = 0;
  let isOurs = false;
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    if (/^[0-9a-f]+-/.test(line)) isOurs = line.endsWith(`${directory}/test.ring`);
    if (isOurs && line.startsWith('Rss:')) kilobytes += Number(/\d+/.exec(line)?.[0]);
  }
  return kilobytes;
}

function lockedKb(): number {
  return Number(/^VmLck:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
}

function lockableKb(): number {
  const soft = /^Max locked memory\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  return soft === 'unlimited' ? Infinity : Number(soft) / 1024;
}

describe('memory of a segment', () => {
  for (const ringWritable of [true, false]) {
    it(`is present as a whole before the first message, with a ring that is ${ringWritable ? 'writable' : 'read-only'}`, (t) => {
      const directory = temporaryDirectory(t);
      open(t, directory, {}).close();
      const plain = open(t, directory, {}, ringWritable);
      const whole = (plain.bytes + plain.capacity) / 1024;
      assert.ok(residentKb(directory) < whole / 2, 'without prefault most of it is not');
      plain.close();
      const prefaulted = open(t, directory, { prefault: true }, ringWritable);
      assert.equal(residentKb(directory), whole, 'the ring twice');
      assert.deepEqual(prefaulted.memoryReport.prefault.granted, true);
    });
  }

  it('is locked for as long as it is attached, where the limit allows it', (t) => {
    if (lockableKb() < 4096) return t.skip('needs ulimit -l of 4096 or more');
    const directory = temporaryDirectory(t);
    const before = lockedKb();
    const segment = open(t, directory, { lock: true });
    assert.equal(segment.memoryReport.lock.granted, true);
    assert.equal(lockedKb() - before, segment.bytes / 1024);
    segment.close();
    assert.equal(lockedKb(), before);
  });

  it(
    'is bound to the node that was asked for, before its pages are taken',
    { skip: numaNodes().includes(0) ? false : 'needs a NUMA kernel' },
    (t) => {
      const directory = temporaryDirectory(t);
      const segment = open(t, directory, { numaNode: 0 });
      assert.deepEqual(segment.memoryReport.numa, { asked: true, granted: true, how: 'bound to node 0' });
      assert.equal(segment.grants.numaNode, 0);
      const ours = readFileSync('/proc/self/numa_maps', 'utf8')
        .split('\n')
        .filter((line) => line.includes(`${directory}/test.ring`));
      assert.ok(ours.length > 0 && ours.every((line) => line.includes(' bind:0 ')), ours.join('\n'));
    },
  );

  it('goes on without a node that there is not, and says which there are', (t) => {
    const { memoryReport, grants } = open(t, temporaryDirectory(t), { numaNode: NO_NODE });
    assert.equal(memoryReport.numa.granted, false);
    assert.match(memoryReport.numa.reason ?? '', /there is no node 1000/);
    assert.equal(grants.numaNode, -1);
  });

  it('is refused with ERR_NUMA, and no file left, when the fallback is fail', (t) => {
    const directory = temporaryDirectory(t);
    assert.throws(
      () => open(t, directory, { numaNode: NO_NODE, numaFallback: 'fail' }),
      (error) => BusError.is(error, 'ERR_NUMA'),
    );
    assert.deepEqual(readdirSync(directory), ['.lock']);
  });

  it('says of a ring smaller than a huge page what to do', (t) => {
    const { memoryReport } = open(t, temporaryDirectory(t), { hugePages: true });
    assert.equal(memoryReport.hugePages.granted, false);
    assert.match(memoryReport.hugePages.reason ?? '', /smaller than a page of 2MB/);
  });

  it('asks for nothing by itself', (t) => {
    const nothing = { asked: false, granted: false };
    const { memoryReport, grants } = open(t, temporaryDirectory(t), {});
    assert.deepEqual(memoryReport, { hugePages: nothing, numa: nothing, prefault: nothing, lock: nothing });
    assert.deepEqual(grants, { regionBytes: 65_536, granted: 0, numaNode: -1 });
  });

  it('tells an attachment what the creator did not get, and refuses it where the fallback is fail', (t) => {
    const directory = temporaryDirectory(t);
    open(t, directory, {});
    assert.match(open(t, directory, { numaNode: 0 }).memoryReport.numa.reason ?? '', /did not get node 0/);
    assert.throws(
      () => open(t, directory, { numaNode: 0, numaFallback: 'fail' }),
      (error) => BusError.is(error, 'ERR_NUMA'),
    );
  });
});

describe('hugetlbfs mounts', () => {
  it('are read with their page size, whatever their path', () => {
    const lines = [
      '30 25 0:27 / /dev/shm rw - tmpfs tmpfs rw,size=24684096k',
      '31 25 0:28 / /dev/huge\\040pages rw,relatime shared:5 - hugetlbfs none rw,mode=700,pagesize=2M',
      '32 25 0:29 / /dev/large rw - hugetlbfs none rw,pagesize=1024M,size=2G',
      'damaged',
    ];
    assert.deepEqual(hugeMounts(lines.join('\n')), [
      { path: '/dev/huge pages', pageBytes: 2 ** 21 },
      { path: '/dev/large', pageBytes: 2 ** 30 },
    ]);
  });
});
