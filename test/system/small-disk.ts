import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { RECORDED } from './recorded-channel.js';

/** A file system of which all but 2 MB are taken, by `ballast`; undefined, and the test skipped, where it cannot be mounted. */
export function smallDisk(t: TestContext, megabytes: number = 8): string | undefined {
  const mount = mkdtempSync(join(tmpdir(), 'apbus-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'none', mount], { stdio: 'pipe' });
  } catch {
    rmSync(mount, { recursive: true });
    t.skip('needs root and mount');
    return undefined;
  }
  t.after(() => {
    execFileSync('umount', ['-l', mount]);
    rmSync(mount, { recursive: true, force: true });
  });
  execFileSync('dd', ['if=/dev/zero', `of=${join(mount, 'ballast')}`, 'bs=1M', `count=${megabytes - 2}`], {
    stdio: 'pipe',
  });
  mkdirSync(join(mount, RECORDED), { mode: 0o700, recursive: true });
  return mount;
}
