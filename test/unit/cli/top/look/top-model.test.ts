import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { EndpointTrack } from '#src/cli/top/look/endpoint-track.js';
import { topJson } from '#src/cli/top/look/top-json.js';
import { TopModel } from '#src/cli/top/look/top-model.js';
import { captureChannels } from '#src/observe/capture/capture-channels.js';
import { OpenedCapture } from '#src/observe/capture/opened-capture.js';
import { numbered, TemporaryChannel } from '../../../../kit/temporary-channel.js';

it('rates are those between two looks, and counters and latencies count from where the view began', (t) => {
  const channel = new TemporaryChannel(t, { type: 'MPSC' });
  const consumer = channel.consumer('latest', 'reader', {}, { latencySampling: 1 });
  const producer = channel.producer(true, 'writer', { latencySampling: 1 });
  const exchange = (count: number): void => {
    for (let n = 0; n < count; n++) producer.write(numbered(n));
    while (consumer.poll(() => {}, 100) > 0);
  };
  using model = new TopModel(channel.directory);
  const look = (nowMs: number) => model.sample(['test', 'absent'], nowMs).samples[0]!;
  exchange(50);
  const first = look(1000);
  assert.equal(first.rates, undefined);
  assert.equal(first.consumers[0]!.perSecond, undefined);
  assert.equal(first.consumers[0]!.recent.of('total')!.count, 0);

  exchange(30);
  const second = look(3000);
  assert.equal(second.rates?.messages, 15);
  assert.equal(second.producers[0]!.perSecond?.['messages'], 15);
  assert.equal(second.consumers[0]!.counted['messages'], 30);
  const timed = second.consumers[0]!.recent.of('total')!.count;
  assert.ok(timed > 0 && timed <= 30);
  assert.equal(second.consumers[0]!.recent.of('write'), undefined);
  assert.deepEqual(second.rateSeries.last(9), [15]);

  const third = look(4000);
  assert.equal(third.rates?.messages, 0);
  assert.equal(third.consumers[0]!.recent.of('total')!.count, 0);
  assert.equal(third.consumers[0]!.since.of('total')!.count, timed);

  model.beginAnew();
  const fourth = look(5000);
  assert.equal(fourth.consumers[0]!.counted['messages'], 0);
  assert.equal(fourth.consumers[0]!.since.of('total')!.count, 0);
  assert.equal(fourth.figures.consumers[0]!.counters['messages'], 80, 'the segment counts on');
});

it('a producer that writes alone has the rate of its channel, and one that takes over no leap', (t) => {
  const channel = new TemporaryChannel(t, { type: 'SPSC' });
  const producer = channel.producer();
  using model = new TopModel(channel.directory);
  const look = (nowMs: number) => model.sample(['test'], nowMs).samples[0]!.producers[0]!;
  const { figures } = look(1000);
  for (let n = 0; n < 20; n++) producer.write(numbered(n));
  assert.equal(look(2000).perSecond?.['messages'], 20);

  const track = new EndpointTrack(figures, 0);
  track.look({ ...figures, counters: {} }, 1000, 0);
  assert.equal(track.look({ ...figures, counters: { messages: 1e6 } }, 2000, 0).perSecond?.['messages'], 0);
  assert.equal(track.look({ ...figures, counters: { messages: 1e6 + 5 } }, 3000, 0).perSecond?.['messages'], 5);
});

it('of a capture all latencies that were timed before it are recent: nothing comes any more', async (t) => {
  const channel = new TemporaryChannel(t);
  const consumer = channel.consumer('latest', 'reader', {}, { latencySampling: 1 });
  const producer = channel.producer();
  for (let n = 0; n < 10; n++) producer.write(numbered(n));
  consumer.poll(() => {});
  const file = join(channel.directory, 'incident.apcap');
  await captureChannels({ directory: channel.directory, channels: ['test'], file });
  using capture = new OpenedCapture(file);
  using model = new TopModel(capture.directory, 5000);
  for (const nowMs of [0, 500, 20_000]) {
    const { recent, since } = model.sample(['test'], nowMs).samples[0]!.consumers[0]!;
    assert.deepEqual([recent.of('total')!.count, since.of('total')!.count], [10, 10]);
  }
});

it('recent latencies are those of one window to two', (t) => {
  const channel = new TemporaryChannel(t);
  const consumer = channel.consumer('latest', 'reader', {}, { latencySampling: 1 });
  const producer = channel.producer(true, 'writer', { latencySampling: 1 });
  using model = new TopModel(channel.directory, 5000);
  const recent = (nowMs: number): number =>
    model.sample(['test'], nowMs).samples[0]!.consumers[0]!.recent.of('handling')!.count;
  assert.equal(recent(0), 0);
  for (let n = 0; n < 20; n++) producer.write(numbered(n));
  while (consumer.poll(() => {}, 100) > 0);
  const counts = [1000, 5000, 9000, 10_000, 15_000].map(recent);
  assert.ok(counts[0]! > 0);
  assert.deepEqual(counts.slice(1), [counts[0], counts[0], counts[0], 0]);
});

it('what cannot be looked at is told beside the others, and in the health of all', (t) => {
  const channel = new TemporaryChannel(t);
  channel.producer();
  writeFileSync(join(channel.directory, 'broken.ring'), 'no segment', { mode: 0o600 });
  using model = new TopModel(channel.directory);
  const look = model.sample(['broken', 'test'], 0);
  assert.deepEqual(
    [look.unusable[0]?.channel, look.unusable[0]?.code, look.samples[0]?.figures.channel, look.health.status],
    ['broken', 'ERR_CORRUPT', 'test', 'unhealthy'],
  );
  const line = topJson(look, channel.directory, 'now', 'the configuration is damaged');
  assert.equal(line.indexOf('\n'), line.length - 1);
  const json = JSON.parse(line) as Record<string, unknown>;
  assert.deepEqual(Object.keys(json), ['time', 'directory', 'complaint', 'channels', 'unusable', 'health']);
});

it('health is judged by the thresholds that it is told', (t) => {
  const channel = new TemporaryChannel(t);
  channel.consumer();
  const producer = channel.producer();
  for (let n = 0; n < 3; n++) producer.write(numbered(n));
  using model = new TopModel(channel.directory);
  const codes = (lagMessages: number): string[] =>
    model.sample(['test'], 0, { lagMessages }).samples[0]!.findings.map(({ code }) => code);
  assert.deepEqual([codes(2), codes(3)], [['lag'], []]);
});
