import type { ResolvedConfig } from './config/index.js';
import type { Logger } from './options.js';
import type { Recordings } from './recordings.js';

/** The recorded channels of a bus; undefined where none is. Then all that there is of journals is not loaded at all. */
export async function loadRecordings(
  { channels }: ResolvedConfig,
  directory: string,
  logger: Logger | undefined,
): Promise<Recordings | undefined> {
  if (![...channels.values()].some(({ persistence }) => persistence !== undefined)) return undefined;
  const { Recordings } = await import('./recordings.js');
  return new Recordings(directory, logger);
}
