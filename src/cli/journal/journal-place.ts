import { existsSync } from 'node:fs';
import { loadConfig } from '../../bus/config/index.js';
import { BusError } from '../../platform/bus-error.js';

/** The folder of a journal: one that is named, or that of a channel of the configuration. */
export async function journalFolder(source: string, config: string | undefined): Promise<string> {
  if (source.includes('/') || (config === undefined && existsSync(source))) return source;
  const { channels, source: file } = await loadConfig(config);
  const channel = channels.get(source);
  if (channel?.persistence !== undefined) return channel.persistence.directory;
  const recorded = [...channels.values()]
    .filter(({ persistence }) => persistence !== undefined)
    .map(({ name }) => name);
  const known = recorded.length === 0 ? `${file} records no channel` : `recorded are: ${recorded.join(', ')}`;
  const found = channel === undefined ? `no folder and no channel "${source}"` : `channel ${source} is not recorded`;
  const code = channel === undefined ? 'ERR_UNKNOWN_CHANNEL' : 'ERR_JOURNAL';
  throw new BusError(code, `${found}; ${known}. A folder is written with a slash: ./${source}`);
}
