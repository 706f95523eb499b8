import { loadConfig } from '../bus/config/index.js';
import { defaultDirectory } from '../layout/directory.js';
import { unknownChannel } from './look/unknown-channel.js';

/** What a command looks at. */
export interface ChosenChannels {
  /** The configuration's file. */
  readonly config: string;
  readonly directory: string;
  readonly channels: readonly string[];
}

/** The channel that is named on the command line, or all of the configuration. Throws ERR_UNKNOWN_CHANNEL. */
export async function chosenChannels(channel: string | undefined, file: string | undefined): Promise<ChosenChannels> {
  const { source, directory = defaultDirectory(), channels } = await loadConfig(file);
  const names = [...channels.keys()];
  if (channel === undefined) return { config: source, directory, channels: names };
  if (names.includes(channel)) return { config: source, directory, channels: [channel] };
  throw unknownChannel(channel, names, 'is configured');
}
