import { messageSizeLimit } from '../../layout/record.js';
import { LEAST_BUFFER, MOST_BUFFER, type CHANNEL_KEYS } from './keys.js';
import { describe } from './problems.js';
import { formatSize, nearestPowers } from './sizes.js';
import type { ReadContext, TableReader } from './table-reader.js';
import type { TableValues } from './table-values.js';

export interface ChannelSizes {
  readonly bufferSize: number;
  readonly messageSizeMax: number;
}

/** The two sizes of a channel, in bytes. What is wrong with them goes to the context's problems. */
export function resolveSizes(
  values: TableValues<typeof CHANNEL_KEYS>,
  table: TableReader,
  bufferSizeMax: number,
  context: ReadContext,
): ChannelSizes {
  const configured = values.size('buffer_size');
  // with no usable buffer size, a message size is judged by the largest ring there can be
  const bufferSize = Math.min(configured ?? MOST_BUFFER, bufferSizeMax);
  const limit = messageSizeLimit(bufferSize);
  const messageSizeMax = values.size('message_size_max');
  if (!values.has('message_size_max')) return { bufferSize, messageSizeMax: Math.min(messageSizeMax ?? limit, limit) };
  if (messageSizeMax === undefined || messageSizeMax <= limit)
    return { bufferSize, messageSizeMax: messageSizeMax ?? limit };

  const found = table.find('message_size_max');
  const roomier = nearestPowers(messageSizeMax * 8, LEAST_BUFFER, MOST_BUFFER).find(
    (power) => messageSizeLimit(power) >= messageSizeMax,
  );
  const isCapped = configured !== undefined && configured > bufferSizeMax;
  let hint = roomier === undefined ? undefined : `or a buffer of ${formatSize(roomier)}`;
  if (isCapped) hint = `the buffer of ${formatSize(configured)} is made smaller by the table of the bus`;
  context.problems.add({
    path: found?.path ?? table.pathOf('message_size_max'),
    found: describe(found?.value),
    expected: `1B to ${formatSize(limit)}, an eighth of the buffer of ${formatSize(bufferSize)} at most`,
    hint,
  });
  return { bufferSize, messageSizeMax: limit };
}
