import assert from 'node:assert/strict';
import { chmodSync, chownSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OPEN_REFUSED } from '#src/platform/native.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';
import { createdFile, ELOOP, ENOENT, native, succeed } from './kit.js';

const needsRoot = process.geteuid?.() === 0 ? false : 'needs root';

describe('opening refuses', () => {
  it('a symbolic link, even to a good file', (t) => {
    const { path } = createdFile(t);
    symlinkSync(path, `${path}.link`);
    assert.equal(native.openFile(`${path}.link`), ELOOP);
    assert.equal(native.openFifo(`${path}.link`, false), ELOOP);
  });

  it('a FIFO, without waiting for its other end', (t) => {
    const path = join(temporaryDirectory(t), 'fifo');
    succeed(native.makeFifo(path));
    assert.equal(native.openFile(path), OPEN_REFUSED.NOT_REGULAR);
  });

  it('a directory', (t) => {
    const path = join(temporaryDirectory(t), 'directory');
    mkdirSync(path);
    assert.equal(native.openFile(path), OPEN_REFUSED.NOT_REGULAR);
    assert.equal(native.openFifo(path, false), OPEN_REFUSED.NOT_REGULAR);
  });

  it('a socket', async (t) => {
    const path = join(temporaryDirectory(t), 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    t.after(() => server.close());
    assert.equal(native.openFile(path), OPEN_REFUSED.NOT_REGULAR);
  });

  it('a device', () => {
    assert.equal(native.openFile('/dev/null'), OPEN_REFUSED.NOT_REGULAR);
  });

  it('a file with a second name, and takes it again when that is gone', (t) => {
    const { path } = createdFile(t);
    linkSync(path, `${path}.second`);
    assert.equal(native.openFile(path), OPEN_REFUSED.LINKED);
    assert.equal(native.openFile(`${path}.second`), OPEN_REFUSED.LINKED);
  });

  it('a file of another user', { skip: needsRoot }, (t) => {
    const { path } = createdFile(t);
    chownSync(path, 65_534, 65_534);
    assert.equal(native.openFile(path), OPEN_REFUSED.FOREIGN_OWNER);
  });

  for (const mode of [0o666, 0o660, 0o604, 0o610, 0o601, 0o620]) {
    it(`a file of mode 0${mode.toString(8)}`, (t) => {
      const { path } = createdFile(t);
      chmodSync(path, mode);
      assert.equal(native.openFile(path), OPEN_REFUSED.LOOSE_MODE);
    });
  }

  it('a name that does not exist', (t) => {
    assert.equal(native.openFile(join(temporaryDirectory(t), 'none')), ENOENT);
  });

  it('an ordinary file where a FIFO should be', (t) => {
    const path = join(temporaryDirectory(t), 'file');
    writeFileSync(path, 'data', { mode: 0o600 });
    assert.equal(native.openFifo(path, false), OPEN_REFUSED.NOT_REGULAR);
    assert.equal(native.openFifo(path, true), OPEN_REFUSED.NOT_REGULAR);
  });
});
