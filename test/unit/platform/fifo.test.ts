import assert from 'node:assert/strict';
import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { temporaryDirectory } from '../../kit/temporary-channel.js';
import { createdFile, EBADF, EEXIST, EINVAL, ENOENT, ENXIO, EPIPE, native, succeed } from './kit.js';

function madeFifo(t: TestContext): string {
  const path = join(temporaryDirectory(t), 'fifo');
  assert.equal(native.makeFifo(path), 0);
  return path;
}

function opened(t: TestContext, path: string, writer: boolean): number {
  const fd = succeed(native.openFifo(path, writer));
  t.after(() => native.closeFile(fd));
  return fd;
}

describe('a FIFO', () => {
  it('is made for its owner alone, whatever the umask is', (t) => {
    const path = join(temporaryDirectory(t), 'fifo');
    const before = process.umask(0o777);
    const made = native.makeFifo(path);
    process.umask(before);
    assert.equal(made, 0);
    const status = lstatSync(path);
    assert.ok(status.isFIFO());
    assert.equal(status.mode & 0o7777, 0o600);
  });

  it('is not made over something, nor where no folder is', (t) => {
    const path = madeFifo(t);
    assert.equal(native.makeFifo(path), EEXIST);
    assert.equal(native.makeFifo(`${path}/below/it`), -20); // ENOTDIR
  });

  it('has no writer before it has a reader', (t) => {
    const path = madeFifo(t);
    assert.equal(native.openFifo(path, true), ENXIO);
    opened(t, path, false);
    opened(t, path, true);
  });

  it('answers ENOENT when it does not exist', (t) => {
    assert.equal(native.openFifo(join(temporaryDirectory(t), 'none'), false), ENOENT);
  });

  it('carries one byte a signal', (t) => {
    const path = madeFifo(t);
    const reader = opened(t, path, false);
    const writer = opened(t, path, true);
    assert.equal(native.signalFifo(writer), 0);
    assert.equal(native.signalFifo(writer), 0);
    const bytes = Buffer.alloc(16);
    assert.equal(readSync(reader, bytes), 2);
    assert.throws(() => readSync(reader, bytes), { code: 'EAGAIN' }, 'reading does not block');
  });

  it('takes signals for a success when it is full: its reader wakes anyway', (t) => {
    const path = madeFifo(t);
    opened(t, path, false);
    const writer = opened(t, path, true);
    for (let i = 0; i < 70_000; i++) assert.equal(native.signalFifo(writer), 0);
  });

  it('answers EPIPE without a reader, and no SIGPIPE ends the process', (t) => {
    const path = madeFifo(t);
    const reader = succeed(native.openFifo(path, false));
    const writer = opened(t, path, true);
    let signals = 0;
    const count = (): number => signals++;
    process.on('SIGPIPE', count);
    t.after(() => process.off('SIGPIPE', count));
    native.closeFile(reader);
    assert.equal(native.signalFifo(writer), EPIPE);
    assert.equal(native.signalFifo(writer), EPIPE);
    assert.equal(signals, 0);
  });

  it('is the only kind of file that a signal is written to', (t) => {
    const { fd } = createdFile(t);
    assert.equal(native.signalFifo(fd), EINVAL);
    assert.equal(native.fileSize(fd), 0);
    assert.equal(native.signalFifo(-1), EBADF);
  });

  it('may be closed by another part of the process', (t) => {
    const path = madeFifo(t);
    const reader = succeed(native.openFifo(path, false));
    closeSync(reader);
    assert.equal(native.closeFile(reader), EBADF);
    const own = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    t.after(() => closeSync(own));
    opened(t, path, true);
  });
});
