import { Segment } from '../../layout/segment.js';
import { channelFigures, type ChannelFigures } from '../../observe/channel-figures.js';
import { BusError } from '../../platform/bus-error.js';

/** What a channel's segment says now; undefined when it has none; the error when what is there cannot be looked at. */
export function lookAtChannel(directory: string, channel: string): ChannelFigures | BusError | undefined {
  try {
    const segment = Segment.openExisting(directory, channel, { ringWritable: false });
    if (segment === undefined) return undefined;
    try {
      return channelFigures(segment);
    } finally {
      segment.close();
    }
  } catch (error) {
    if (BusError.is(error)) return error;
    throw error;
  }
}
