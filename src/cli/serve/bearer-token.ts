import { createHash, timingSafeEqual } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { BusError } from '../../platform/bus-error.js';

const LENGTH_MIN = 16;
const FILE_BYTES_MAX = 4096;

/** What a client must say to be answered; compared in a time that tells nothing of it. */
export class BearerToken {
  private readonly digest: Buffer;

  constructor(token: string) {
    this.digest = digestOf(token);
  }

  /**
   * From a file of this user alone that holds nothing else.
   *
   * @throws BusError `ERR_INVALID_ARGUMENT` for a file that is not there, open to others, or holds no token
   */
  static fromFile(path: string): BearerToken {
    const refuse = (what: string, cause?: unknown): BusError =>
      new BusError('ERR_INVALID_ARGUMENT', `--token-file: ${path} ${what}`, { cause });
    let text: string;
    try {
      const fd = openSync(path, 'r');
      try {
        const stats = fstatSync(fd);
        if (!stats.isFile()) throw refuse('is not an ordinary file');
        if ((stats.mode & 0o077) !== 0)
          throw refuse(
            `has mode 0${(stats.mode & 0o777).toString(8)}, expected one that others cannot read: chmod 600`,
          );
        const bytes = Buffer.alloc(FILE_BYTES_MAX + 1);
        text = bytes.toString('utf8', 0, readSync(fd, bytes)).trim();
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (BusError.is(error)) throw error;
      throw refuse(`cannot be read: ${(error as Error).message}`, error);
    }
    if (!/^[\x21-\x7e]+$/.test(text) || text.length < LENGTH_MIN || text.length > FILE_BYTES_MAX - 1)
      throw refuse(
        `holds no token: expected ${LENGTH_MIN} characters or more without spaces, as from openssl rand -hex 32`,
      );
    return new BearerToken(text);
  }

  /** Whether an `Authorization` header says it. */
  isIn(header: string | undefined): boolean {
    const said = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
    return said !== undefined && timingSafeEqual(digestOf(said), this.digest);
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
