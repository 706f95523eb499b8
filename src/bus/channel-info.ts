import type { ResolvedChannel } from './config/index.js';
import type { ChannelInfo } from './options.js';

/** What programs are shown of a channel's configuration. */
export function infoOf(channel: ResolvedChannel): ChannelInfo {
  const { name, type, producers, consumers, bufferSize, messageSizeMax, backpressure } = channel;
  return { name, type, producers, consumers, bufferSize, messageSizeMax, backpressure };
}
