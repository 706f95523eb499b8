import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { BusError } from '../platform/bus-error.js';

const LENGTH_MIN = 16;
const FILE_BYTES_MAX = 4096;
const EXPECTED = `at least ${LENGTH_MIN} letters, digits and - . _ ~ + /, in one line, as from openssl rand -hex 32`;

/** What a client must say to be answered; compared in a time that tells nothing of it. */
export class AccessToken {
  private readonly digest: Buffer;

  constructor(text: string) {
    this.digest = digestOf(text);
  }

  /** Whether it is that. */
  matches(text: string): boolean {
    return timingSafeEqual(digestOf(text), this.digest);
  }

  /** Whether an `Authorization` header says it. */
  isIn(header: string | undefined): boolean {
    const said = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
    return said !== undefined && this.matches(said);
  }
}

/** A new one, of 192 bits. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/**
 * From a file of this user alone that holds nothing else.
 *
 * @throws BusError `ERR_INVALID_ARGUMENT` for a file that is not there, open to others, or holds no token
 */
export function tokenFromFile(path: string): AccessToken {
  const text = privateText(path);
  if (!/^[\w.~+/-]+=*$/.test(text) || text.length < LENGTH_MIN)
    throw invalid(path, `no token in ${text.length} characters`, EXPECTED);
  return new AccessToken(text);
}

function privateText(path: string): string {
  try {
    // a FIFO would let it wait for somebody who writes
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile()) throw invalid(path, 'something else', 'an ordinary file');
      const mode = stats.mode & 0o777;
      if ((mode & 0o077) !== 0)
        throw invalid(path, `mode 0${mode.toString(8)}`, `a file that only its owner may read: chmod 600 ${path}`);
      const bytes = Buffer.alloc(FILE_BYTES_MAX + 1);
      const length = readSync(fd, bytes);
      if (length > FILE_BYTES_MAX) throw invalid(path, 'more', `one line of at most ${FILE_BYTES_MAX} bytes`);
      return bytes.toString('utf8', 0, length).trim();
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    if (BusError.is(cause)) throw cause;
    throw new BusError('ERR_INVALID_ARGUMENT', `--token-file: cannot read ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function invalid(path: string, found: string, expected: string): BusError {
  return new BusError('ERR_INVALID_ARGUMENT', `--token-file ${path}: found ${found}, expected ${expected}`);
}

/** Of equal length, so that comparing takes the same time whatever was said. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
