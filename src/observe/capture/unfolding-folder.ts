import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDirectory } from '../../layout/directory.js';
import { takeLockFile } from '../../layout/lock-file.js';
import { loadNative } from '../../platform/load-native.js';

const LOCK = '.lock';

/**
 * A private folder for what this process unfolds, in the place for temporary files (`TMPDIR`). It is removed when it is
 * disposed of; those of processes that were killed, by the next one that makes one: a lock beside each says who lives.
 */
export class UnfoldingFolder implements Disposable {
  readonly path: string;
  private readonly lock: string;
  private readonly fd: number;

  constructor(root = join(tmpdir(), `alphapulse-captures-${process.geteuid?.() ?? 0}`)) {
    ensureDirectory(root);
    removeAbandoned(root);
    for (;;) {
      const path = join(root, `${process.pid}-${randomBytes(6).toString('hex')}`);
      // taken by somebody who clears up: then another one
      const fd = takeLockFile(`${path}${LOCK}`);
      if (fd === undefined) continue;
      this.path = path;
      this.lock = `${path}${LOCK}`;
      this.fd = fd;
      break;
    }
    mkdirSync(this.path, { mode: 0o700 });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
    rmSync(this.lock, { force: true });
    loadNative().closeFile(this.fd);
  }
}

function removeAbandoned(root: string): void {
  for (const name of readdirSync(root)) {
    if (!name.endsWith(LOCK)) continue;
    const lock = join(root, name);
    const fd = takeLockFile(lock);
    if (fd === undefined) continue;
    rmSync(lock.slice(0, -LOCK.length), { recursive: true, force: true });
    rmSync(lock, { force: true });
    loadNative().closeFile(fd);
  }
}
