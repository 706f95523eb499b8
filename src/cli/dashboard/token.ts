import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { BusError } from '../../platform/bus-error.js';

const LENGTH_MIN = 16;
const FILE_BYTES_MAX = 4096;

/** A new one, of 192 bits. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/**
 * The token of a file: its only line.
 *
 * @throws BusError `ERR_INVALID_ARGUMENT` for a file that others may read, that cannot be read, or holds none
 */
export function readToken(path: string): string {
  let text: string;
  try {
    const { size, mode } = statSync(path);
    if (size > FILE_BYTES_MAX) throw invalid(path, `${size} bytes`, `one line of at most ${FILE_BYTES_MAX} bytes`);
    if ((mode & 0o077) !== 0)
      throw invalid(
        path,
        `mode ${(mode & 0o777).toString(8)}`,
        `a file that only its owner may read: chmod 600 ${path}`,
      );
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if (BusError.is(cause)) throw cause;
    throw new BusError('ERR_INVALID_ARGUMENT', `--token-file: cannot read ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (/^[\w.~+/=-]+$/.test(text) && text.length >= LENGTH_MIN) return text;
  const expected = `at least ${LENGTH_MIN} letters, digits and - . _ ~ + / =, in one line`;
  throw invalid(path, `a token of ${text.length} characters`, expected);
}

function invalid(path: string, found: string, expected: string): BusError {
  return new BusError('ERR_INVALID_ARGUMENT', `--token-file ${path}: found ${found}, expected ${expected}`);
}
