import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDirectory } from '../../layout/directory.js';
import { takeLockFile } from '../../layout/lock-file.js';
import { BusError } from '../../platform/bus-error.js';
import { loadNative } from '../../platform/load-native.js';

const LOCK = '.lock';
/** Others are in the way a few times at most. */
const ATTEMPTS_MAX = 1000;

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
    for (let attempt = 0; made === undefined && attempt < ATTEMPTS_MAX; attempt++) made = tryToMake(root);
    if (made === undefined)
      throw new BusError('ERR_RESOURCES', `cannot make a folder in ${root}: it is removed again and again; set TMPDIR`);
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
  let fd: number | undefined;
  try {
    ensureDirectory(root);
    removeAbandoned(root);
    const path = join(root, `${process.pid}-${randomBytes(6).toString('hex')}`);
    const lock = `${path}${LOCK}`;
    fd = takeLockFile(lock);
    // who clears up may have taken the lock first, and removed its file
    if (fd !== undefined && existsSync(lock)) {
      mkdirSync(path, { mode: 0o700 });
      return { path, lock, fd };
    }
  } catch (error) {
    if (fd !== undefined) loadNative().closeFile(fd);
    if (isGone(error)) return undefined;
    throw error;
  }
  if (fd !== undefined) loadNative().closeFile(fd);
  return undefined;
}

/** Whether something was not there: the last one who leaves removes the folder of all, at any moment. */
function isGone(error: unknown): boolean {
  return error instanceof Error && error.message.includes('ENOENT');
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
