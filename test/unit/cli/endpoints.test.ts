import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { MessageBus } from 'alphapulse-bus';
import { apbus } from '../../kit/run-apbus.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

const CONFIG = `
[bus]
directory = "segments"
[channels.ticks]
type = "SPMC"
producer = "feed"
consumers = ["strategy", "recorder"]
buffer_size = "64KB"
[channels.ticks.consumer.recorder]
gating = "always"
[channels.ticks.consumer.strategy]
stalled_after_ms = 600000
[channels.orders]
type = "MPSC"
producers = ["strategy"]
consumer = "gateway"
`;

async function running(t: TestContext): Promise<{ file: string; directory: string }> {
  const folder = temporaryDirectory(t);
  const file = join(folder, 'bus.toml');
  writeFileSync(file, CONFIG);
  const open = async (service: string): Promise<MessageBus> => {
    const bus = await MessageBus.open({ service, config: file });
    t.after(() => bus.close());
    return bus;
  };
  (await open('strategy')).consumer('ticks');
  (await open('feed')).producer('ticks').write(new Uint8Array(8));
  return { file, directory: join(folder, 'segments') };
}

describe('apbus endpoints', () => {
  it('lists those of every channel, with what can be said of each', async (t) => {
    const { file } = await running(t);
    const { code, data, messages } = await apbus('endpoints', '-c', file);
    assert.deepEqual([code, messages], [0, '']);
    const [head, ...lines] = data.trimEnd().split('\n');
    assert.match(head ?? '', /^channel +role +name +pid +state +loop lag +behind +bytes +lost +gates +reason$/);
    assert.equal(lines.length, 3);
    assert.match(lines[0] ?? '', new RegExp(`^ticks +producer +feed +${process.pid} +alive +\\d+ms +- +- +- +- +-$`));
    assert.match(lines[1] ?? '', /^ticks +consumer +recorder +- +detached +- +1 +64B +0 +yes +-$/);
    assert.match(lines[2] ?? '', /^ticks +consumer +strategy +\d+ +alive +\d+ms +1 +64B +0 +yes +-$/);
  });

  it('lists those of one channel, as JSON too', async (t) => {
    const { file, directory } = await running(t);
    const { code, data } = await apbus('endpoints', 'ticks', '-c', file, '--json');
    const listed = JSON.parse(data) as {
      directory: string;
      channels: { channel: string; endpoints: { name: string; state: string; attachedNs: string }[] }[];
    };
    assert.equal(code, 0);
    assert.equal(listed.directory, directory);
    assert.deepEqual(
      listed.channels.map(({ channel, endpoints }) => [channel, endpoints.map(({ name }) => name)]),
      [['ticks', ['feed', 'recorder', 'strategy']]],
    );
    assert.match(listed.channels[0]?.endpoints[0]?.attachedNs ?? '', /^1\d{18}$/);
    assert.equal((await apbus('endpoints', 'orders', '-c', file)).data.split('\n').length, 2, 'no segment, nobody');
  });

  it('tells a channel that is not configured, and a segment that cannot be used', async (t) => {
    const { file, directory } = await running(t);
    const unknown = await apbus('endpoints', 'tics', '-c', file);
    assert.equal(unknown.code, 1);
    assert.match(
      unknown.messages,
      /no channel "tics" is configured; did you mean ticks\? there are: ticks, orders \(ERR_UNKNOWN_CHANNEL\)/,
    );
    writeFileSync(join(directory, 'orders.ring'), 'no segment', { mode: 0o600 });
    const damaged = await apbus('endpoints', '-c', file);
    assert.equal(damaged.code, 1);
    assert.match(damaged.messages, /^apbus: channel orders: .*\(ERR_CORRUPT\)$/m);
    assert.equal(damaged.data.trimEnd().split('\n').length, 4, 'and the rest is listed');
  });
});
