import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { script, startProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

const SHORT_MAX = 64;

interface Attempt {
  readonly type: string;
  readonly short: number;
  readonly outcome: string;
  readonly files: readonly string[];
  readonly free: number;
  readonly expectedFree: number;
}

/** A small tmpfs of its own; undefined where this user may not mount. */
function mountSmall(t: TestContext, bytes: number): string | undefined {
  const place = mkdtempSync(join(tmpdir(), 'apbus-test-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', place], { stdio: 'pipe' });
  } catch {
    rmdirSync(place);
    return undefined;
  }
  t.after(() => {
    execFileSync('umount', ['-l', place]);
    rmdirSync(place);
  });
  return place;
}

describe('a file system without enough space', () => {
  it(`1 to ${SHORT_MAX} pages short: ERR_STORAGE_SPACE, nothing left behind, and the process lives`, async (t) => {
    const place = mountSmall(t, 2 ** 21);
    if (place === undefined) return t.skip('needs root to mount');
    const sweep = startProcess(t, script(import.meta.url, './actors/space-sweep.js'), [place, `${SHORT_MAX}`]);
    await sweep.succeeded();
    const attempts = sweep.lines.map((line) => JSON.parse(line) as Attempt);
    assert.equal(attempts.length, 2 * (SHORT_MAX + 1));
    for (const { type, short, outcome, files, free, expectedFree } of attempts) {
      const what = `${type}, ${short} pages short: ${outcome}`;
      assert.deepEqual(files, [], what);
      assert.equal(free, expectedFree, what);
      if (short === 0) assert.equal(outcome, 'made', what);
      else assert.match(outcome, /^ERR_STORAGE_SPACE .*tight.*ENOSPC.*free space/, what);
    }
  });
});

describe('a process without enough of something else', () => {
  const attempts = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('tried'));

  it('descriptors: a clean error or a working channel for each number of free ones, and none leaks', async (t) => {
    const directory = temporaryDirectory(t);
    const scarce = startProcess(t, script(import.meta.url, './actors/scarce.js'), [directory, 'descriptors'], {
      // enough to load the package, whose modules are all opened at once; what is left is taken by the process itself
      under: ['prlimit', '--nofile=256'],
    });
    await scarce.succeeded();
    assert.equal(await scarce.line('leak'), 'leak 0');
    for (const line of attempts(scarce.lines)) assert.match(line, /: worked$|: ERR_RESOURCES .*EMFILE.*ulimit -n/);
    assert.match(attempts(scarce.lines)[1]!, /EMFILE/, 'with no free descriptor nothing can be attached');
    assert.match(attempts(scarce.lines).at(-1)!, /recovered: worked$/);
    assert.deepEqual(
      readdirSync(directory).filter((name) => /\.(new|wake)$/.test(name)),
      [],
    );
  });

  it('address space: a clean error, nothing half-made or leaked, and it goes on once there is some', async (t) => {
    const directory = temporaryDirectory(t);
    const scarce = startProcess(t, script(import.meta.url, './actors/scarce.js'), [directory, 'address-space']);
    await scarce.succeeded();
    assert.equal(await scarce.line('leak'), 'leak 0');
    const outcomes = attempts(scarce.lines);
    assert.match(outcomes[1]!, /ERR_RESOURCES .*ENOMEM.*address space/);
    assert.match(outcomes[2]!, /ERR_RESOURCES .*ENOMEM.*address space/);
    assert.match(outcomes.at(-1)!, /recovered: worked$/);
    assert.deepEqual(
      readdirSync(directory).filter((name) => /\.(new|wake)$/.test(name)),
      [],
    );
  });
});
