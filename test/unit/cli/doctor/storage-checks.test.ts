import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { directoryFacts, openFilesLimit, spaceFacts } from '#src/cli/doctor/machine.js';
import { checkDirectory, checkOpenFiles, checkSpace, type DirectoryFacts } from '#src/cli/doctor/storage-checks.js';
import { temporaryDirectory } from '../../../kit/temporary-channel.js';

const MB = 1024 ** 2;

describe('the directory check', () => {
  it('accepts a private directory of this user', (t) => {
    const finding = checkDirectory(directoryFacts(temporaryDirectory(t)));
    assert.equal(finding.status, 'ok');
    assert.match(finding.found, /mode 0700$/);
  });

  it('accepts a directory that can still be made, several levels deep', (t) => {
    const finding = checkDirectory(directoryFacts(join(temporaryDirectory(t), 'a', 'b')));
    assert.equal(finding.status, 'ok');
    assert.match(finding.found, /not there yet/);
  });

  it('fails on a directory that others may enter, and says how to close it', (t) => {
    const path = join(temporaryDirectory(t), 'open');
    mkdirSync(path);
    chmodSync(path, 0o750);
    const finding = checkDirectory(directoryFacts(path));
    assert.equal(finding.status, 'fail');
    assert.match(finding.found, /mode 0750/);
    assert.ok(finding.advice?.endsWith(`chmod 700 ${path}`));
  });

  it('fails on a file in its place', (t) => {
    const path = join(temporaryDirectory(t), 'file');
    writeFileSync(path, '');
    assert.match(checkDirectory(directoryFacts(path)).found, /is not a directory/);
  });

  it('fails on a directory of another user, and on one that cannot be written or made', (t) => {
    const facts: DirectoryFacts = directoryFacts(temporaryDirectory(t));
    assert.match(checkDirectory({ ...facts, user: facts.user + 1 }).found, /belongs to user/);
    assert.match(checkDirectory({ ...facts, writable: false }).found, /not writable/);
    const absent = checkDirectory({ ...facts, stats: undefined, writable: false });
    assert.equal(absent.status, 'fail');
    assert.match(absent.found, /cannot be made/);
  });
});

describe('the space check', () => {
  const space = { path: '/dev/shm', total: 1024 * MB, free: 512 * MB, inMemory: true };

  it('fails without /dev/shm', () => {
    assert.equal(checkSpace(undefined, undefined).status, 'fail');
  });

  it('fails when the channels need more than is free, and passes when it just fits', () => {
    assert.equal(checkSpace(space, 512 * MB).status, 'ok');
    const finding = checkSpace(space, 512 * MB + 1);
    assert.equal(finding.status, 'fail');
    assert.match(finding.advice ?? '', /--shm-size/);
  });

  it("warns of a container's 64 MB, and of a directory on disk", () => {
    assert.equal(checkSpace({ ...space, total: 64 * MB, free: 64 * MB }, undefined).status, 'warn');
    assert.match(checkSpace({ ...space, inMemory: false }, undefined).advice ?? '', /tmpfs/);
  });

  it('knows what is in memory and what is not', (t) => {
    assert.equal(spaceFacts(temporaryDirectory(t))?.inMemory, true);
    assert.equal(spaceFacts('/proc')?.inMemory, false);
    assert.equal(spaceFacts('/no/such/folder'), undefined);
  });
});

describe('the check of open files', () => {
  it('warns below what a few endpoints take', () => {
    assert.equal(checkOpenFiles(256).status, 'ok');
    assert.equal(checkOpenFiles(Infinity).found, 'no limit');
    assert.match(
      checkOpenFiles(255).advice ?? '',
      /consumer takes 1 or 2 files; a producer 1, .* at most 65: ulimit -n/,
    );
    assert.equal(checkOpenFiles(undefined).status, 'warn');
  });

  it('reads the limit of this process', () => {
    assert.ok((openFilesLimit() ?? 0) > 0);
  });
});
