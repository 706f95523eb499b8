import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../kit/temporary-channel.js';
import { createdFile, EBADF, EEXIST, EINVAL, EMFILE, ENAMETOOLONG, ENOENT, native, succeed } from './kit.js';
import { fileURLToPath } from 'node:url';

describe('creating a file', () => {
  it('makes an empty file that only its owner may use', (t) => {
    const { path, fd } = createdFile(t);
    const { mode, size } = lstatSync(path);
    assert.equal(mode & 0o7777, 0o600);
    assert.equal(size, 0);
    assert.equal(native.fileSize(fd), 0);
  });

  it('gives mode 0600 whatever the umask is', (t) => {
    const path = join(temporaryDirectory(t), 'file');
    const before = process.umask(0o777);
    const fd = native.createFile(path);
    process.umask(before);
    t.after(() => native.closeFile(fd));
    assert.equal(lstatSync(path).mode & 0o7777, 0o600);
  });

  it('refuses a name that is taken, also by a dangling symbolic link', (t) => {
    const { path } = createdFile(t);
    assert.equal(native.createFile(path), EEXIST);
    const link = join(temporaryDirectory(t), 'link');
    execFileSync('ln', ['-s', `${path}.nothing`, link]);
    assert.equal(native.createFile(link), EEXIST);
    assert.equal(existsSync(`${path}.nothing`), false);
  });

  it('answers ENOENT where the folder is missing', (t) => {
    assert.equal(native.createFile(join(temporaryDirectory(t), 'none', 'file')), ENOENT);
  });
});

describe('paths', () => {
  it('are refused when they are too long or hold a NUL, which would name another file', (t) => {
    const { path } = createdFile(t);
    assert.equal(native.openFile(`/${'x/'.repeat(4096)}`), ENAMETOOLONG);
    assert.equal(native.openFile(`${path}\0.ring`), EINVAL);
    assert.equal(native.createFile(`${path}.new\0`), EINVAL);
    assert.equal(existsSync(`${path}.new`), false);
    assert.equal(native.renameNoReplace(path, `${path}\0x`), EINVAL);
    assert.equal(native.renameNoReplace(`${path}\0x`, `${path}.new`), EINVAL);
    assert.equal(native.openFile(''), ENOENT);
  });

  it('may hold any other character', (t) => {
    const { path } = createdFile(t, 'Ünï – 市場 \n%s.ring');
    const fd = succeed(native.openFile(path));
    assert.equal(native.closeFile(fd), 0);
  });
});

describe('an open file', () => {
  it('is closed once, and its number means nothing afterwards', (t) => {
    const { path } = createdFile(t);
    const fd = succeed(native.openFile(path));
    assert.equal(native.closeFile(fd), 0);
    assert.equal(native.closeFile(fd), EBADF);
    assert.equal(native.fileSize(fd), EBADF);
    assert.equal(native.linkCount(fd), EBADF);
    assert.equal(native.allocate(fd, 1), EBADF);
    assert.equal(native.isByteLocked(fd, 0), EBADF);
  });

  it('has no link left once it is unlinked, and cannot be opened again', (t) => {
    const { path, fd } = createdFile(t);
    assert.equal(native.linkCount(fd), 1);
    linkSync(path, `${path}.second`);
    assert.equal(native.linkCount(fd), 2);
    unlinkSync(path);
    unlinkSync(`${path}.second`);
    assert.equal(native.linkCount(fd), 0);
    assert.equal(native.openFile(path), ENOENT);
  });

  it('is never written, locked or closed when its number names another file by now', (t) => {
    const { path } = createdFile(t);
    const fd = succeed(native.openFile(path));
    closeSync(fd); // behind the addon's back, as net.Socket closes a FIFO that it was handed
    const other = `${path}.other`;
    writeFileSync(other, 'precious');
    const reused = openSync(other, 'r+');
    t.after(() => closeSync(reused));
    assert.equal(reused, fd, 'the kernel gives the lowest free number');
    assert.equal(native.allocate(fd, 65_536), EBADF);
    assert.equal(native.lockByte(fd, 0), EBADF);
    assert.equal(native.signalFifo(fd), EBADF);
    assert.equal(native.fileSize(fd), EBADF);
    assert.equal(native.closeFile(fd), EBADF);
    assert.equal(statSync(other).size, 8);
  });

  it('is not inherited by child processes', (t) => {
    const { path } = createdFile(t);
    const open = execFileSync('sh', ['-c', 'ls -l /proc/self/fd'], { encoding: 'utf8' });
    assert.equal(open.includes(path), false);
  });

  it('cannot be opened past the limit of the process, which leaks nothing', (t) => {
    const { path } = createdFile(t);
    const child = fileURLToPath(new URL('children/descriptor-eater.js', import.meta.url));
    const limited = 'ulimit -n 80 && exec "$@"';
    const said = execFileSync('sh', ['-c', limited, 'sh', process.execPath, child, path], { encoding: 'utf8' });
    const { taken, last, created, leaked } = JSON.parse(said) as Record<string, number>;
    assert.ok(Number(taken) > 0 && Number(taken) < 80);
    assert.deepEqual({ last, created, leaked }, { last: EMFILE, created: EMFILE, leaked: 0 });
    assert.equal(existsSync(`${path}.new`), false);
  });
});

describe('renaming', () => {
  it('moves a file to a free name', (t) => {
    const { path, fd } = createdFile(t);
    assert.equal(native.renameNoReplace(path, `${path}.ring`), 0);
    assert.equal(existsSync(path), false);
    assert.equal(native.linkCount(fd), 1);
  });

  it('never replaces, so that of several creators one wins', (t) => {
    const { path } = createdFile(t);
    writeFileSync(`${path}.ring`, 'first');
    assert.equal(native.renameNoReplace(path, `${path}.ring`), EEXIST);
    assert.equal(statSync(`${path}.ring`).size, 5);
    renameSync(`${path}.ring`, `${path}.old`);
    assert.equal(native.renameNoReplace(path, `${path}.ring`), 0);
  });

  it('answers ENOENT when there is nothing to rename', (t) => {
    const { path } = createdFile(t);
    assert.equal(native.renameNoReplace(`${path}.none`, `${path}.ring`), ENOENT);
  });
});
