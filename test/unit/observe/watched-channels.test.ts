import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  BusError,
  Latencies,
  WatchedChannels,
  channelsIn,
  checkHealth,
  inspectDirectory,
} from 'alphapulse-bus/metrics';
import { TemporaryChannel, numbered, temporaryDirectory } from '../../kit/temporary-channel.js';

describe('the channels of a directory', () => {
  it('are seen with all that their segments say, and nothing is changed in them', (t) => {
    const channel = new TemporaryChannel(t, { type: 'SPMC' });
    channel.consumer();
    const producer = channel.producer(true, 'writer', { latencySampling: 10 });
    for (let n = 0; n < 20; n++) producer.write(numbered(n));
    const before = readFileSync(channel.path);
    const [seen, ...others] = inspectDirectory(channel.directory);
    assert.ok(seen !== undefined && !('reason' in seen) && others.length === 0);
    assert.deepEqual([seen.channel, seen.written, seen.consumers[0]?.lag?.messages], ['test', 20, 20]);
    assert.ok(seen.producers[0]?.writeLatency instanceof Latencies);
    assert.equal(seen.producers[0].writeLatency.count, 2);
    assert.equal(checkHealth([seen]).status, 'healthy');
    const [cheap] = inspectDirectory(channel.directory, ['test'], 'none');
    assert.ok(cheap !== undefined && !('reason' in cheap) && cheap.written === 20);
    assert.deepEqual([cheap.producers[0]?.writeLatency, cheap.consumers[0]?.queueLatency], [undefined, undefined]);
    assert.ok(before.equals(readFileSync(channel.path)));
  });

  it('that cannot be used are seen with the reason, beside the others; those that are not there are not seen', (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer();
    writeFileSync(join(channel.directory, 'broken.ring'), 'no segment', { mode: 0o600 });
    const seen = inspectDirectory(channel.directory);
    assert.deepEqual(
      seen.map((one) => ['reason' in one, one.channel]),
      [
        [true, 'broken'],
        [false, 'test'],
      ],
    );
    assert.deepEqual(inspectDirectory(channel.directory, ['absent']), []);
    assert.deepEqual(inspectDirectory(channel.directory, ['test']).length, 1);
  });

  it('are looked at again and again, as they come and go', (t) => {
    const channel = new TemporaryChannel(t);
    using watched = new WatchedChannels(channel.directory);
    assert.deepEqual(watched.look(), []);
    const producer = channel.producer();
    assert.equal(watched.look().length, 1);
    producer.write(numbered(1));
    const [seen] = watched.look();
    assert.ok(seen !== undefined && !('reason' in seen) && seen.written === 1);
    rmSync(channel.path);
    assert.deepEqual(watched.look(), []);
  });

  it('are none where there is no directory, and an error where there is something else', (t) => {
    const directory = temporaryDirectory(t);
    assert.deepEqual(channelsIn(join(directory, 'absent')), []);
    const file = join(directory, 'file');
    writeFileSync(file, '');
    assert.throws(
      () => channelsIn(file),
      (error) => BusError.is(error, 'ERR_PERMISSION'),
    );
  });
});
