import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  writevSync,
} from 'node:fs';

/** What a journal needs of a file system. Every call throws what the system says. */
export interface JournalFiles {
  makeFolder(path: string): void;
  /** Names of its entries; none when there is no such folder. */
  list(path: string): string[];
  /** A new file for reading and writing, mode 0600. */
  create(path: string): number;
  open(path: string, access: 'read' | 'write'): number;
  close(fd: number): void;
  size(fd: number): number;
  /** Whether what is open stands at a path, and nothing else. */
  isAt(fd: number, path: string): boolean;
  /** How many bytes it got; fewer than asked only at the end of the file. */
  read(fd: number, into: Uint8Array, length: number, position: number): number;
  /** All of the parts, one after the other; throws when they are not all written. */
  write(fd: number, parts: readonly Uint8Array[], position: number): void;
  truncate(fd: number, bytes: number): void;
  /** Returns when what was written is on the disk. */
  sync(fd: number): void;
  /** The same without blocking the thread; `done` is called from its event loop. */
  syncLater(fd: number, done: (error: Error | null) => void): void;
  /** Has the names of new and removed files on the disk. */
  syncFolder(path: string): void;
  remove(path: string): void;
  /** Within a folder; there is nothing at the new name. */
  rename(path: string, to: string): void;
}

const { O_CREAT, O_EXCL, O_RDWR, O_RDONLY, O_NOFOLLOW } = constants;

export const systemFiles: JournalFiles = {
  makeFolder: (path) => void mkdirSync(path, { recursive: true, mode: 0o700 }),
  list(path) {
    try {
      return readdirSync(path);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return [];
      throw error;
    }
  },
  create: (path) => openSync(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0o600),
  open: (path, access) => openSync(path, (access === 'read' ? O_RDONLY : O_RDWR) | O_NOFOLLOW),
  close: (fd) => closeSync(fd),
  size: (fd) => fstatSync(fd).size,
  isAt(fd, path) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    const { dev, ino } = fstatSync(fd);
    return found?.ino === ino && found.dev === dev;
  },
  read(fd, into, length, position) {
    let got = 0;
    while (got < length) {
      const bytes = readSync(fd, into, got, length - got, position + got);
      if (bytes === 0) break;
      got += bytes;
    }
    return got;
  },
  write(fd, parts, position) {
    let left = [...parts];
    let at = position;
    while (left.length > 0) {
      let bytes = writevSync(fd, left, at);
      at += bytes;
      // A short write is followed by one that says why, or by one that goes on.
      while (left.length > 0 && bytes >= left[0]!.length) bytes -= left.shift()!.length;
      if (left.length > 0 && bytes > 0) left = [left[0]!.subarray(bytes), ...left.slice(1)];
    }
  },
  truncate: (fd, bytes) => ftruncateSync(fd, bytes),
  sync: (fd) => fdatasyncSync(fd),
  syncLater: (fd, done) => fdatasync(fd, done),
  syncFolder(path) {
    const fd = openSync(path, O_RDONLY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  },
  remove: (path) => rmSync(path, { force: true }),
  rename: (path, to) => renameSync(path, to),
};

/** Opens a file, and closes it whatever `work` does. */
export function withFile<Result>(files: JournalFiles, path: string, work: (fd: number) => Result): Result {
  const fd = files.open(path, 'read');
  try {
    return work(fd);
  } finally {
    files.close(fd);
  }
}
