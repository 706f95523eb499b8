import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { mountOf } from '#src/cli/check/mounts.js';
import {
  checkLibc,
  checkNoexec,
  checkPermissions,
  glibcNeededBy,
  type PermissionFacts,
} from '#src/cli/doctor/loading-checks.js';
import { execFacts, libcFacts } from '#src/cli/doctor/loading-facts.js';
import { script } from '../../../kit/processes.js';

describe('the check of the C library', () => {
  it('is content with any, as long as the addon asks for none', () => {
    for (const family of ['glibc', 'musl', 'unknown'] as const)
      assert.equal(checkLibc({ family, version: undefined }, undefined).status, 'ok', family);
    assert.match(
      checkLibc({ family: 'glibc', version: '2.36' }, undefined).found,
      /^glibc 2\.36; .* needs no C library$/,
    );
  });

  it('fails for an addon that asks for another family, or a later version', () => {
    assert.equal(checkLibc({ family: 'glibc', version: '2.36' }, '2.34').status, 'ok');
    assert.equal(checkLibc({ family: 'glibc', version: '2.9' }, '2.34').status, 'fail');
    const musl = checkLibc({ family: 'musl', version: undefined }, '2.17');
    assert.equal(musl.status, 'fail');
    assert.match(musl.advice ?? '', /prebuilt addon/);
  });

  it('reads what a file asks for, the newest of all', () => {
    assert.equal(glibcNeededBy('..GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.4\0GLIBC_PRIVATE'), '2.34');
    const node = readFileSync(process.execPath, 'latin1');
    assert.equal(glibcNeededBy(node) !== undefined, libcFacts().family === 'glibc', 'Node.js itself');
  });

  it('finds nothing that the prebuilt addons ask for', () => {
    for (const processor of ['x64', 'arm64']) {
      const file = script(import.meta.url, `../../../../../native/prebuilt/linux-${processor}/alphapulse_bus.node`);
      assert.equal(glibcNeededBy(readFileSync(file, 'latin1')), undefined, processor);
    }
  });
});

describe('the check for mounts from which nothing may be loaded', () => {
  const free = { folder: '/srv/app', point: '/', isNoexec: false };

  it('fails for that of the addon, with what to do', () => {
    const finding = checkNoexec({ folder: '/data/app', point: '/data', isNoexec: true }, free);
    assert.equal(finding.status, 'fail');
    assert.match(finding.advice ?? '', /remount,exec \/data/);
  });

  it('mentions that of temporary files', () => {
    const finding = checkNoexec(free, { folder: '/tmp', point: '/tmp', isNoexec: true });
    assert.equal(finding.status, 'ok');
    assert.match(finding.found, /\/tmp does not: .* TMPDIR/);
    assert.doesNotMatch(checkNoexec(free, free).found, /TMPDIR/);
  });

  it('knows a real mount', () => {
    assert.equal(execFacts('/proc/self').point, '/proc');
    const mountinfo = '22 1 8:1 / / rw - ext4 /dev/a rw\n30 22 8:2 / /my\\040data rw,noexec - ext4 /dev/b rw,discard';
    assert.deepEqual(mountOf('/my data/app', mountinfo), {
      point: '/my data',
      options: ['rw', 'noexec', 'rw', 'discard'],
    });
    assert.equal(mountOf('/my database', mountinfo)?.point, '/');
    assert.equal(mountOf('/x', ''), undefined);
  });
});

describe('the check of what Node.js permits', () => {
  const off: PermissionFacts = {
    isOn: false,
    directory: '/dev/shm/bus',
    mayLoadAddons: true,
    mayRead: true,
    mayWrite: true,
    mayStartProcesses: true,
  };

  it('is content where the model is off, and fails for --no-addons', () => {
    assert.equal(checkPermissions(off).status, 'ok');
    assert.match(checkPermissions({ ...off, mayLoadAddons: false }).found, /--no-addons/);
  });

  it('names each flag that is missing', () => {
    const on = { ...off, isOn: true };
    assert.equal(checkPermissions(on).status, 'ok');
    assert.match(checkPermissions({ ...on, mayStartProcesses: false }).found, /--allow-child-process/);
    const none = checkPermissions({ ...on, mayLoadAddons: false, mayRead: false, mayWrite: false });
    const folder = '/dev/shm/bus/*';
    const flags = `--allow-addons --allow-fs-read=${folder} --allow-fs-write=${folder}`;
    assert.deepEqual([none.status, none.advice], ['fail', `start with ${flags}`]);
  });
});
