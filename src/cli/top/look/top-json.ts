import { jsonOf } from '../../json.js';
import type { ChannelSample } from './channel-track.js';
import type { EndpointSample } from './endpoint-track.js';
import type { TopLook } from './top-model.js';

/** A look as one line of NDJSON: the figures of `apbus stat --json`, and what has happened since the line before. */
export function topJson(look: TopLook, directory: string, time: string, complaint?: string): string {
  const { samples, unusable, health } = look;
  const said = complaint !== undefined && { complaint };
  const line = { time, directory, ...said, channels: samples.map(channelJson), unusable, health };
  return `${JSON.stringify(jsonOf(line))}
`;
}

function channelJson({ figures, rates, producers, consumers }: ChannelSample): object {
  return {
    ...figures,
    messagesPerSecond: rates?.messages,
    bytesPerSecond: rates?.bytes,
    lostPerSecond: rates?.lost,
    droppedPerSecond: rates?.dropped,
    rejectedPerSecond: rates?.rejected,
    producers: producers.map(endpointJson),
    consumers: consumers.map(endpointJson),
  };
}

function endpointJson({ figures, perSecond, recent }: EndpointSample): object {
  return { ...figures, perSecond, recent };
}
