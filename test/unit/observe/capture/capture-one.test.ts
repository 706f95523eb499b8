import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { captureChannels } from '#src/observe/capture/capture-channels.js';
import { OpenedCapture } from '#src/observe/capture/opened-capture.js';
import { inspectDirectory } from '#src/observe/watched-channels.js';
import { systemClock } from '#src/platform/clock.js';
import { numbered, TemporaryChannel, temporaryDirectory } from '../../../kit/temporary-channel.js';

it('nobody is behind by what was written while his cursor was on its way to the file', async (t) => {
  const channel = new TemporaryChannel(t);
  const file = join(temporaryDirectory(t), 'test.apcap');
  const consumer = channel.consumer();
  const producer = channel.producer();
  // a capture asks for the time as it goes on from one thing to the next
  const monotonicNs = (): number => {
    for (let n = 0; n < 5; n++) producer.write(numbered(n));
    while (consumer.poll(() => undefined) > 0);
    return systemClock().monotonicNs();
  };
  await captureChannels({ directory: channel.directory, channels: ['test'], file, clock: { monotonicNs } });
  using capture = new OpenedCapture(file);
  const [figures] = inspectDirectory(capture.directory);
  assert.ok(figures !== undefined && 'consumers' in figures);
  const behind = figures.consumers[0]?.lag?.messages;
  assert.ok(behind !== undefined && behind <= 5, `${behind} behind, with one step between the cursor and the end`);
});
