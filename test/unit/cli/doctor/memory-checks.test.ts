import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { MachineFacts } from '#src/cli/check/machine-facts.js';
import { memoryNeed } from '#src/cli/check/memory-need.js';
import { transparentPages } from '#src/cli/check/mounts.js';
import { fail, ok, warn } from '#src/cli/doctor/finding.js';
import { memoryAsked } from '#src/cli/doctor/memory-asked.js';
import { checkHugePages, checkNuma, checkTransparentPages } from '#src/cli/doctor/memory-checks.js';
import { hugeSizes, numaFacts } from '#src/cli/doctor/memory-facts.js';
import { temporaryDirectory } from '../../../kit/temporary-channel.js';
import { resolveChannel } from '../../bus/config/kit.js';

const MB = 2 ** 20;

describe('the check of huge pages', () => {
  const size = { pageBytes: 2 * MB, total: 40, free: 37, mounts: [{ path: '/dev/hugepages', isWritable: false }] };

  it('says what there is, and who may have it', () => {
    const { status, found } = checkHugePages(
      [size, { ...size, pageBytes: 2 ** 30, total: 0, free: 0, mounts: [] }],
      [],
    );
    assert.equal(status, 'ok');
    assert.equal(found, '37 of 40 free with 2MB, on /dev/hugepages, which this user cannot write');
    assert.match(checkHugePages([{ ...size, mounts: [] }], []).found, /and no hugetlbfs with them$/);
    assert.match(checkHugePages([], []).found, /^none set up/);
  });

  it('is as bad as the worst of what a configuration finds, with all that is to be done', () => {
    const finding = checkHugePages(
      [size],
      [ok('a', 'one'), fail('b', 'two', 'do this'), warn('c', 'three', 'and that')],
    );
    assert.deepEqual(finding, {
      id: 'huge-pages',
      status: 'fail',
      found: 'one; two; three',
      advice: 'do this; and that',
    });
  });

  it('finds the sizes of this machine, each once', () => {
    const found = hugeSizes().map(({ pageBytes }) => pageBytes);
    assert.deepEqual(found, [...new Set(found)]);
    for (const bytes of found) assert.equal(Number.isInteger(Math.log2(bytes)), true, String(bytes));
  });
});

describe('the check of transparent huge pages', () => {
  const plain = '30 22 0:25 / /dev/shm rw,nosuid - tmpfs tmpfs rw,size=64k';
  const advised = `${plain},huge=advise`;
  const facts = (mountinfo: string, choice: string | undefined): ReturnType<typeof transparentPages> =>
    transparentPages('/dev/shm/bus', mountinfo, choice);

  it('goes by the mount, unless the kernel decides for all', () => {
    assert.equal(facts(advised, 'always [never] deny force').given, true);
    assert.equal(facts(plain, '[always] never deny force').given, false, 'that is for memory without a mount');
    assert.equal(facts(advised, 'always never [deny] force').given, false);
    assert.equal(facts(plain, 'always never deny [force]').given, true);
    assert.equal(facts(advised, undefined).given, false);
  });

  it('warns only where a channel goes without, and says how to change the mount', () => {
    const none = facts(plain, '[never]');
    assert.equal(checkTransparentPages(none, []).status, 'ok');
    const finding = checkTransparentPages(none, ['market_data']);
    assert.equal(finding.status, 'warn');
    assert.match(finding.found, /\/dev\/shm is mounted without huge=; market_data could use them/);
    assert.equal(finding.advice, 'mount -o remount,huge=advise /dev/shm');
    assert.equal(checkTransparentPages(facts(advised, '[never]'), ['market_data']).status, 'ok');
  });
});

describe('the check of NUMA nodes', () => {
  const one = { nodes: [0], isBalancing: true, isFiltered: false };

  it('names the nodes, and warns where the kernel moves pages between several', () => {
    assert.deepEqual(checkNuma(one, []), ok('numa', 'nodes: 0'));
    assert.match(checkNuma({ ...one, nodes: [0, 1] }, []).advice ?? '', /kernel\.numa_balancing=0/);
    assert.equal(checkNuma({ ...one, nodes: [0, 1], isBalancing: false }, []).status, 'ok');
    assert.equal(checkNuma(numaFacts(), []).id, 'numa');
  });

  it('warns of a node that there is not, and of a filter that may refuse to bind', () => {
    const missing = checkNuma(one, [warn('numa', 'there is no node 3', 'lscpu')]);
    assert.deepEqual([missing.status, missing.found], ['warn', 'there is no node 3']);
    assert.match(checkNuma({ ...one, isFiltered: true }, [ok('numa', 'node 0 is there')]).advice ?? '', /SYS_NICE/);
    assert.equal(checkNuma({ ...one, isFiltered: true }, []).status, 'ok', 'nobody binds');
  });
});

describe('what a configuration asks of the memory', () => {
  const machine: MachineFacts = {
    freeBytes: () => 2 ** 40,
    fileSystem: () => 1,
    folderBytes: () => 0,
    journalFault: () => undefined,
    channel: () => undefined,
    hugePool: () => ({ total: 100, free: 40 }),
    hasHugeMount: () => true,
    givesTransparentPages: () => false,
    memlockBytes: () => Infinity,
    hasNumaNode: () => true,
  };
  const need = (name: string, more: object): ReturnType<typeof memoryNeed> => ({
    ...memoryNeed(resolveChannel({ bufferSize: '64MB', ...more })),
    channel: name,
  });

  it('counts channels in huge pages neither as ordinary space nor as memory to be locked', (t) => {
    const directory = temporaryDirectory(t);
    const place = { path: directory, nearest: directory };
    const huge = need('huge', { hugePages: true, mlock: true });
    const plain = need('plain', { mlock: true });
    const asked = memoryAsked([huge, plain], place, machine);
    assert.equal(asked.ordinaryBytes, plain.ordinaryBytes);
    assert.equal(asked.lockedBytes, plain.ordinaryBytes);
    assert.deepEqual(asked.withoutHuge, []);
    const poor = memoryAsked([huge, plain], place, { ...machine, hugePool: () => ({ total: 100, free: 3 }) });
    assert.equal(poor.ordinaryBytes, huge.ordinaryBytes + plain.ordinaryBytes, 'it goes on without');
    assert.deepEqual(poor.withoutHuge, ['huge']);
    assert.equal(poor.hugeFindings[0]?.status, 'warn');
  });

  it('leaves out what is there already, in ordinary pages or in huge ones', (t) => {
    const directory = temporaryDirectory(t);
    writeFileSync(join(directory, 'plain.ring'), '');
    writeFileSync(join(directory, 'huge.ring.huge'), '');
    const needs = [need('huge', { hugePages: true, mlock: true }), need('plain', { mlock: true })];
    const asked = memoryAsked(needs, { path: directory, nearest: directory }, machine);
    assert.equal(asked.ordinaryBytes, 0);
    assert.equal(asked.lockedBytes, needs[1]?.ordinaryBytes, 'each process locks what it opens');
  });
});
