import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { openedCapture } from '#src/cli/look/opened-captures.js';
import { captureChannels } from '#src/observe/capture/capture-channels.js';
import { BusError } from '#src/platform/bus-error.js';
import { TemporaryChannel } from '../../../kit/temporary-channel.js';

it('a capture is unfolded once, is looked at also when its file is removed meanwhile, and anew when there is another', async (t) => {
  const channel = new TemporaryChannel(t);
  channel.producer();
  const file = join(channel.directory, 'incident.apcap');
  const capture = async (): Promise<unknown> =>
    captureChannels({ directory: channel.directory, channels: ['test'], file });
  assert.throws(
    () => openedCapture(file, undefined),
    (error) => BusError.is(error, 'ERR_INVALID_ARGUMENT'),
  );
  await capture();
  const opened = openedCapture(file, undefined);
  assert.equal(openedCapture(file, undefined), opened);
  rmSync(file);
  assert.equal(openedCapture(file, undefined), opened);
  await capture();
  const another = openedCapture(file, undefined);
  assert.notEqual(another.directory, opened.directory);
});
