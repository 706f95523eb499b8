import { messageSizeLimit } from '../../layout/record.js';
import { describe } from './problems.js';
import { formatSize, isPowerOfTwo, nearestPowers, parseSize, SIZE_FORM } from './sizes.js';
import type { Found, ReadContext, TableReader } from './table-reader.js';

const LEAST_BUFFER = 64 * 1024;
const MOST_BUFFER = 16 * 1024 ** 3;
const DEFAULT_BUFFER = 16 * 1024 ** 2;
const DEFAULT_MESSAGE_MAX = 64 * 1024;

export interface ChannelSizes {
  readonly bufferSize: number;
  readonly messageSizeMax: number;
}

/** The two sizes of a channel, in bytes. What is wrong with them goes to the context's problems. */
export function resolveSizes(table: TableReader, context: ReadContext): ChannelSizes {
  const bufferFound = table.find('buffer_size');
  const bufferSize = bufferFound === undefined ? DEFAULT_BUFFER : resolveBufferSize(bufferFound, context);

  // with no usable buffer size, a message size is judged by the largest ring there can be
  const limit = messageSizeLimit(bufferSize ?? MOST_BUFFER);
  const messageFound = table.find('message_size_max');
  const messageSizeMax =
    messageFound === undefined
      ? Math.min(DEFAULT_MESSAGE_MAX, limit)
      : resolveMessageSize(messageFound, bufferSize ?? MOST_BUFFER, limit, context);
  return { bufferSize: bufferSize ?? DEFAULT_BUFFER, messageSizeMax: messageSizeMax ?? limit };
}

function resolveBufferSize(found: Found, context: ReadContext): number | undefined {
  const bytes = readSize(found, context);
  if (bytes === undefined) return undefined;
  if (isPowerOfTwo(bytes) && bytes >= LEAST_BUFFER && bytes <= MOST_BUFFER) return bytes;
  const powers = nearestPowers(bytes, LEAST_BUFFER, MOST_BUFFER).map(formatSize);
  context.problems.add({
    path: found.path,
    found: describe(found.value),
    expected: `a power of two from ${formatSize(LEAST_BUFFER)} to ${formatSize(MOST_BUFFER)}`,
    hint: powers.length === 1 ? `the nearest is ${powers[0]}` : `the nearest are ${powers.join(' and ')}`,
  });
  return undefined;
}

function resolveMessageSize(found: Found, bufferSize: number, limit: number, context: ReadContext): number | undefined {
  const bytes = readSize(found, context);
  if (bytes === undefined) return undefined;
  if (bytes >= 1 && bytes <= limit) return bytes;
  const roomier = nearestPowers(bytes * 8, LEAST_BUFFER, MOST_BUFFER).find((power) => messageSizeLimit(power) >= bytes);
  let hint: string | undefined;
  if (bytes > limit && roomier !== undefined) hint = `or a buffer of ${formatSize(roomier)}`;
  context.problems.add({
    path: found.path,
    found: describe(found.value),
    expected: `1B to ${formatSize(limit)}, an eighth of the buffer of ${formatSize(bufferSize)} at most`,
    hint,
  });
  return undefined;
}

function readSize(found: Found, context: ReadContext): number | undefined {
  const size = parseSize(found.value);
  if ('bytes' in size) return size.bytes;
  context.problems.add({ path: found.path, found: describe(found.value), expected: SIZE_FORM, hint: size.hint });
  return undefined;
}
