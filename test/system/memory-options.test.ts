import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

/*
 * Each case runs in a mount namespace of its own, so that what it mounts is gone with it. The pool of huge pages is the
 * machine's: it is grown before and put back after.
 */
const ACTOR = fileURLToPath(new URL('actors/memory-options.js', import.meta.url));

const isRoot = process.geteuid?.() === 0;
const skip = isRoot ? false : 'needs root, to mount file systems and to grow the pool of huge pages';

/** Runs a case of the actor after a preparation by the shell, and answers what it prints. */
function run(prepare: string, name: string): Record<string, unknown> {
  const script = `
    set -e
    pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
    before=$(cat $pool)
    trap 'echo $before > $pool' EXIT
    mkdir -p /mnt/bus && mount -t tmpfs none /mnt
    mkdir -p /mnt/bus /mnt/huge /mnt/thp && chmod 700 /mnt/bus /mnt/thp
    ${prepare}
    "$0" "$@"`;
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', script, process.execPath, ACTOR, name],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, `the case ${name} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const POOL_AND_MOUNT = 'echo $((before + 64)) > $pool; mount -t hugetlbfs -o pagesize=2M,mode=0700 none /mnt/huge';

describe('memory options', { skip }, () => {
  for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC']) {
    it(`put a channel of type ${type} in pages of hugetlbfs, where two processes exchange messages over several laps`, () => {
      const found = run(POOL_AND_MOUNT, `exchange-${type}`);
      assert.deepEqual(found['outcome'], { asked: true, granted: true, how: 'hugetlbfs, pages of 2097152 bytes' });
      assert.equal(found['received'], found['sent']);
      assert.equal(found['regionBytes'], 2 ** 21);
      assert.equal(found['kernelPageKb'], 2048, 'as /proc/self/smaps says of the mapping');
    });
  }

  it('go on in ordinary pages when the pool is too small, say so, and leave no file in hugetlbfs', () => {
    const found = run('echo 0 > $pool; mount -t hugetlbfs -o pagesize=2M,mode=0700 none /mnt/huge', 'exchange-SPSC');
    const outcome = found['outcome'] as { granted: boolean; reason: string; mend: string };
    assert.equal(outcome.granted, false);
    assert.match(outcome.reason, /pages of 2MB/);
    assert.match(outcome.mend, /sysctl vm\.nr_hugepages=\d+/);
    assert.equal(found['received'], found['sent']);
    assert.deepEqual(found['inHuge'], []);
  });

  it('refuse with ERR_HUGE_PAGES and leave no file when the fallback is fail', () => {
    const found = run('echo 0 > $pool', 'refused');
    assert.equal(found['code'], 'ERR_HUGE_PAGES');
    assert.deepEqual(found['left'], []);
  });

  it('survive a limit of the mount that shows only when the pages are taken', () => {
    const found = run(
      'echo $((before + 64)) > $pool; mount -t hugetlbfs -o pagesize=2M,size=2M,mode=0700 none /mnt/huge',
      'exchange-SPSC',
    );
    assert.equal((found['outcome'] as { granted: boolean }).granted, false);
    assert.equal(found['received'], found['sent']);
    assert.deepEqual(found['inHuge'], []);
  });

  it('take transparent huge pages where a tmpfs gives them', () => {
    const found = run('mount -t tmpfs -o huge=advise,mode=0700 none /mnt/thp', 'transparent');
    assert.deepEqual(found['outcome'], { asked: true, granted: true, how: 'transparent huge pages' });
    assert.equal(found['received'], found['sent']);
  });

  it('make a segment anew over what a killed creator left in hugetlbfs, killed before each call that it makes', () => {
    const found = run(POOL_AND_MOUNT, 'killed');
    assert.ok((found['deaths'] as number) > 10);
    assert.equal(found['whole'], (found['deaths'] as number) + 1, 'whoever came next found or made a whole segment');
    assert.deepEqual(found['unfinished'], []);
  });

  it('refuse a process that does not see the place of the segment, and let it make no second one', () => {
    const found = run(POOL_AND_MOUNT, 'unseen');
    assert.equal(found['code'], 'ERR_HUGE_PAGES');
    assert.deepEqual(found['segments'], []);
  });
});
