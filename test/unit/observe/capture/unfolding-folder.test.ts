import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { UnfoldingFolder } from '#src/observe/capture/unfolding-folder.js';
import { temporaryDirectory } from '../../../kit/temporary-channel.js';

describe('the folder into which a capture is unfolded', () => {
  it('is of this user alone, and gone afterwards with its lock', (t) => {
    const root = temporaryDirectory(t);
    const folder = new UnfoldingFolder(root);
    assert.equal(statSync(folder.path).mode & 0o777, 0o700);
    folder[Symbol.dispose]();
    assert.deepEqual(readdirSync(root), []);
  });

  it('of a process that was killed is removed by the next one; those of others that live stay', (t) => {
    const root = temporaryDirectory(t);
    mkdirSync(join(root, '1-abandoned'));
    writeFileSync(join(root, '1-abandoned', 'test.ring'), 'left');
    writeFileSync(join(root, '1-abandoned.lock'), '', { mode: 0o600 });
    using first = new UnfoldingFolder(root);
    assert.equal(existsSync(join(root, '1-abandoned')), false);
    assert.equal(existsSync(join(root, '1-abandoned.lock')), false);
    using second = new UnfoldingFolder(root);
    assert.notEqual(second.path, first.path);
    assert.ok(existsSync(first.path));
  });
});
