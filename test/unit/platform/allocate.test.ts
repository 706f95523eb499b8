import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createdFile, EINVAL, ENOSPC, native, PART, succeed } from './kit.js';

const PAGE = 4096;

/** A tmpfs of that many pages, or undefined where this process may not mount. */
function smallTmpfs(t: TestContext, pages: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'apbus-mount-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${pages * PAGE}`, 'tmpfs', folder]);
  t.after(() => {
    if (status === 0) spawnSync('umount', ['--lazy', folder]);
    rmdirSync(folder);
  });
  return status === 0 ? folder : undefined;
}

describe('allocating', () => {
  it('takes space that later touches cannot fail for, and grows the file', (t) => {
    const { path, fd } = createdFile(t);
    assert.equal(native.allocate(fd, 3 * PART), 0);
    const { size, blocks } = statSync(path);
    assert.equal(size, 3 * PART);
    assert.ok(blocks * 512 >= 3 * PART);
  });

  it('keeps what is in the file, and never shrinks it', (t) => {
    const { path, fd } = createdFile(t);
    writeFileSync(path, 'kept');
    assert.equal(native.allocate(fd, PART), 0);
    assert.equal(native.allocate(fd, PAGE), 0);
    assert.equal(native.fileSize(fd), PART);
    assert.equal(readFileSync(path).subarray(0, 5).toString(), 'kept\0');
  });

  it('refuses nothing, less than nothing, and what is no whole number', (t) => {
    const { fd } = createdFile(t);
    for (const bytes of [0, -1, -PART, 0.5, Number.NaN, Infinity]) assert.equal(native.allocate(fd, bytes), EINVAL);
    assert.equal(native.fileSize(fd), 0);
  });

  it('answers ENOSPC on a full file system, one page short as well as many, instead of a SIGBUS later', (t) => {
    const pages = 64;
    const folder = smallTmpfs(t, pages);
    if (folder === undefined) {
      t.skip('needs root and the right to mount a tmpfs');
      return;
    }
    const fd = succeed(native.createFile(join(folder, 'file')));
    t.after(() => native.closeFile(fd));
    for (const short of [1, 2, 16, 64])
      assert.equal(native.allocate(fd, (pages + short) * PAGE), ENOSPC, `${short} short`);
    assert.equal(statfsSync(folder).bfree, pages, 'a failed allocation holds no space');
    assert.equal(native.allocate(fd, pages * PAGE), 0);
  });
});
