import { loadConfig, type ResolvedChannel } from '../bus/config/index.js';
import { defaultDirectory } from '../layout/directory.js';
import { ExitCode } from './exit-code.js';
import { formatBytes, formatJson, formatTable, type Output } from './output.js';
import { inspectSegment, type SegmentReport } from './segment-report.js';

/** `apbus channels`: what the configuration says of each channel, and what stands in its directory. */
export async function listChannels(options: { config?: string; json?: true }, output: Output): Promise<ExitCode> {
  const config = await loadConfig(options.config);
  const directory = config.directory ?? defaultDirectory();
  const channels = [...config.channels.values()].map((channel) => ({
    channel,
    segment: inspectSegment(directory, channel),
  }));

  if (options.json) {
    const listed = channels.map(({ channel, segment }) => ({ ...describeChannel(channel), segment }));
    output.data(formatJson({ config: config.source, directory, channels: listed }));
  } else {
    output.data(formatTable([HEADINGS, ...channels.map(({ channel, segment }) => row(channel, segment))]));
  }
  const unusable = channels.flatMap(({ channel: { name }, segment }) =>
    segment.state === 'unusable' ? [`apbus: channel ${name}: ${segment.reason}\n`] : [],
  );
  for (const message of unusable) output.message(message);
  return unusable.length === 0 ? ExitCode.OK : ExitCode.FAILED;
}

function describeChannel(channel: ResolvedChannel): object {
  const { name, type, producers, consumers, bufferSize, messageSizeMax, backpressure } = channel;
  return { name, type, producers, consumers, bufferSize, messageSizeMax, backpressure };
}

// the lists of names are last: they are long
const HEADINGS = ['channel', 'type', 'ring', 'message', 'mode', 'segment', 'created', 'producers', 'consumers'];

function row(channel: ResolvedChannel, segment: SegmentReport): string[] {
  const { name, type, producers, consumers, bufferSize, messageSizeMax, backpressure } = channel;
  const sizes = [formatBytes(bufferSize), formatBytes(messageSizeMax)];
  const created = segment.state === 'ready' ? segment.createdAt : '-';
  return [name, type, ...sizes, backpressure.mode, segment.state, created, producers.join(','), consumers.join(',')];
}
