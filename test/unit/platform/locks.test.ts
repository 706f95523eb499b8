import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  createdFile,
  EAGAIN,
  EBADF,
  EINVAL,
  endOf,
  messageOf,
  native,
  NOT_AN_INDEX,
  startProcess,
  startWorker,
  succeed,
} from './kit.js';

describe('a byte lock', () => {
  it('belongs to the open file: a second description of the same file in this process is refused', (t) => {
    const { path, fd } = createdFile(t);
    const second = succeed(native.openFile(path));
    t.after(() => native.closeFile(second));
    assert.equal(native.lockByte(fd, 8), 0);
    assert.equal(native.lockByte(second, 8), EAGAIN);
    assert.equal(native.isByteLocked(second, 8), 1);
    assert.equal(native.isByteLocked(fd, 8), 0, 'its own is not seen');
    assert.equal(native.lockByte(fd, 8), 0, 'taking it twice is taking it once');
    assert.equal(native.unlockByte(fd, 8), 0);
    assert.equal(native.isByteLocked(second, 8), 0);
    assert.equal(native.lockByte(second, 8), 0);
  });

  it('is about one byte', (t) => {
    const { path, fd } = createdFile(t);
    const second = succeed(native.openFile(path));
    t.after(() => native.closeFile(second));
    for (const offset of [8, 2 ** 31, 2 ** 40]) {
      assert.equal(native.lockByte(fd, offset), 0);
      assert.deepEqual(
        [offset - 1, offset, offset + 1].map((at) => native.isByteLocked(second, at)),
        [0, 1, 0],
      );
    }
    assert.equal(native.lockByte(second, 9), 0);
  });

  it('survives the closing of other descriptors of the file, unlike a POSIX lock', (t) => {
    const { path, fd } = createdFile(t);
    const observer = succeed(native.openFile(path));
    t.after(() => native.closeFile(observer));
    assert.equal(native.lockByte(fd, 0), 0);
    native.closeFile(succeed(native.openFile(path)));
    closeSync(openSync(path, 'r+'));
    assert.equal(native.isByteLocked(observer, 0), 1);
  });

  it('is free once its file is closed', (t) => {
    const { path, fd } = createdFile(t);
    const holder = succeed(native.openFile(path));
    native.lockByte(holder, 3);
    assert.equal(native.isByteLocked(fd, 3), 1);
    native.closeFile(holder);
    assert.equal(native.isByteLocked(fd, 3), 0);
  });

  it('may be given back by one who does not hold it: nothing happens', (t) => {
    const { path, fd } = createdFile(t);
    const holder = succeed(native.openFile(path));
    t.after(() => native.closeFile(holder));
    native.lockByte(holder, 3);
    assert.equal(native.unlockByte(fd, 3), 0);
    assert.equal(native.isByteLocked(fd, 3), 1);
  });

  it('is refused at an offset that is none, and on a file that is not open', (t) => {
    const { fd } = createdFile(t);
    for (const offset of NOT_AN_INDEX.filter((n) => n < 0 || n % 1 !== 0)) {
      assert.equal(native.lockByte(fd, offset), EINVAL, String(offset));
      assert.equal(native.unlockByte(fd, offset), EINVAL);
      assert.equal(native.isByteLocked(fd, offset), EINVAL);
    }
    for (const call of ['lockByte', 'unlockByte', 'isByteLocked'] as const)
      assert.equal(native[call](99_999, 0), EBADF);
  });
});

describe('the lock of another process', () => {
  it('is seen and respected, and freed by SIGKILL', async (t) => {
    const { path, fd } = createdFile(t);
    const child = startProcess(t, 'lock-holder', [path, '64', 'stay']);
    assert.equal(await messageOf(child), 0);
    assert.equal(native.isByteLocked(fd, 64), 1);
    assert.equal(native.lockByte(fd, 64), EAGAIN);
    child.kill('SIGKILL');
    await endOf(child);
    assert.equal(native.isByteLocked(fd, 64), 0);
    assert.equal(native.lockByte(fd, 64), 0);
  });

  it('is held while that process is stopped: not running is not dead', async (t) => {
    const { path, fd } = createdFile(t);
    const child = startProcess(t, 'lock-holder', [path, '64', 'stay']);
    await messageOf(child);
    child.kill('SIGSTOP');
    assert.equal(native.isByteLocked(fd, 64), 1);
  });

  it('is not kept by a child that outlives it', async (t) => {
    const { path, fd } = createdFile(t);
    const holder = startProcess(t, 'lock-holder', [path, '64', 'have a child']);
    const [result, grandchild] = (await messageOf(holder)) as [number, number];
    t.after(() => process.kill(grandchild, 'SIGKILL'));
    assert.equal(result, 0);
    assert.equal(native.isByteLocked(fd, 64), 1);
    holder.kill('SIGKILL');
    await endOf(holder);
    process.kill(grandchild, 0); // throws if it is gone
    assert.equal(native.isByteLocked(fd, 64), 0);
  });

  for (const ending of ['exit', 'throw']) {
    it(`is freed when the process ends by itself (${ending})`, async (t) => {
      const { path, fd } = createdFile(t);
      const child = startProcess(t, 'lock-holder', [path, '64', ending], ['--unhandled-rejections=none']);
      assert.equal(await messageOf(child), 0);
      await endOf(child);
      assert.equal(native.isByteLocked(fd, 64), 0);
    });
  }
});

describe('the lock of a worker thread', () => {
  it('excludes the thread that started it', async (t) => {
    const { path, fd } = createdFile(t);
    assert.equal(native.lockByte(fd, 64), 0);
    const worker = startWorker(t, 'lock-holder', [path, '64', 'stay']);
    assert.equal(await messageOf(worker), EAGAIN);
  });

  it('is freed when it is terminated, while its process lives on', async (t) => {
    const { path, fd } = createdFile(t);
    const worker = startWorker(t, 'lock-holder', [path, '64', 'stay']);
    assert.equal(await messageOf(worker), 0);
    assert.equal(native.isByteLocked(fd, 64), 1);
    await worker.terminate();
    assert.equal(native.isByteLocked(fd, 64), 0);
  });

  it('is freed when it throws', async (t) => {
    const { path, fd } = createdFile(t);
    const worker = startWorker(t, 'lock-holder', [path, '64', 'throw']);
    worker.on('error', () => undefined);
    assert.equal(await messageOf(worker), 0);
    await worker.terminate();
    assert.equal(native.isByteLocked(fd, 64), 0);
  });
});
