import type { TestContext } from 'node:test';
import type { ChannelFigures } from '#src/observe/channel-figures.js';
import type { BusLook, BusLooker } from '#src/observe/metrics/bus-look.js';
import { numbered, TemporaryChannel } from '../../../kit/temporary-channel.js';

/** A channel of which 20 messages were written and 15 read, each of them timed. */
export function busyChannel(t: TestContext): TemporaryChannel {
  const channel = new TemporaryChannel(t, { type: 'MPMC' });
  const producer = channel.producer(true, 'feed', { latencySampling: 1 });
  const consumer = channel.consumer('latest', 'strategy', {}, { latencySampling: 1 });
  for (let i = 0; i < 20; i++) producer.write(numbered(i));
  consumer.poll(() => undefined, 15);
  return channel;
}

/** Samples of an exposition, by their name and labels as they stand there. */
export function samplesIn(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** A look, and the channels that it showed. */
export function looked(looker: BusLooker): BusLook & { readonly channels: readonly ChannelFigures[] } {
  const channels: ChannelFigures[] = [];
  return { ...looker.look((figures) => channels.push(figures)), channels };
}
