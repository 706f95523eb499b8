import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { UnfoldingFolder } from '#src/observe/capture/unfolding-folder.js';
import { temporaryDirectory } from '../../../kit/temporary-channel.js';

describe('the folder into which a capture is unfolded', () => {
  it('is of this user alone, and gone afterwards with its lock, and with the last one the place of all', (t) => {
    const root = join(temporaryDirectory(t), 'captures');
    const [first, second] = [new UnfoldingFolder(root), new UnfoldingFolder(root)];
    assert.equal(statSync(first.path).mode & 0o777, 0o700);
    first[Symbol.dispose]();
    assert.deepEqual(readdirSync(root).sort(), [basename(second.path), `${basename(second.path)}.lock`]);
    second[Symbol.dispose]();
    assert.equal(existsSync(root), false);
    new UnfoldingFolder(root)[Symbol.dispose]();
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
