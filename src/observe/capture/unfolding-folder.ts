import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
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
  private readonly root: string;
  private readonly lock: string;
  private readonly fd: number;

  constructor(root = join(tmpdir(), `alphapulse-captures-${process.geteuid?.() ?? 0}`)) {
    let made: Made | undefined;
    while (made === undefined) made = tryToMake(root);
    this.root = root;
    this.path = made.path;
    this.lock = made.lock;
    this.fd = made.fd;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
    rmSync(this.lock, { force: true });
    loadNative().closeFile(this.fd);
    try {
      rmdirSync(this.root);
    } catch {
      // others have theirs in it
    }
  }
}

interface Made {
  readonly path: string;
  readonly lock: string;
  readonly fd: number;
}

/** Undefined when somebody was in the way who clears up, or who was the last one there. */
function tryToMake(root: string): Made | undefined {
  ensureDirectory(root);
  try {
    removeAbandoned(root);
    const path = join(root, `${process.pid}-${randomBytes(6).toString('hex')}`);
    const lock = `${path}${LOCK}`;
    const fd = takeLockFile(lock);
    if (fd === undefined) return undefined;
    mkdirSync(path, { mode: 0o700 });
    return { path, lock, fd };
  } catch (error) {
    if (existsSync(root)) throw error;
    return undefined;
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
