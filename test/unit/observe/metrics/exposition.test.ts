import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import { CONSUMER_SLOT, PRODUCER_SLOT, SlotState, consumerSlotOffset, producerSlotOffset } from '#src/layout/schema.js';
import { channelFigures } from '#src/observe/channel-figures.js';
import { seriesNames } from '#src/observe/metrics/all-metrics.js';
import { BusLooker } from '#src/observe/metrics/bus-look.js';
import { Scraper } from '#src/observe/metrics/exposition.js';
import { BUCKET_BOUNDS_NS } from '#src/observe/metrics/latency-buckets.js';
import { escapeLabel } from '#src/observe/metrics/metric-family.js';
import { systemClock } from '#src/platform/clock.js';
import { numbered, TemporaryChannel } from '../../../kit/temporary-channel.js';
import { busyChannel, samplesIn } from './scene.js';

function textOf(directory: string): string {
  using looker = new BusLooker(directory);
  return new Scraper(looker).scrape().text.toString();
}

it('says of a channel what its segment says', (t) => {
  const channel = busyChannel(t);
  const samples = samplesIn(textOf(channel.directory));
  const { producers, consumers, utilization, tail } = channelFigures(channel.observer());
  const feed = 'channel="test",producer="feed",slot="0"';
  const strategy = 'channel="test",consumer="strategy",slot="0"';
  assert.equal(samples.get('apbus_channels'), 1);
  assert.equal(samples.get('apbus_channel_usable{channel="test"}'), 1);
  assert.equal(samples.get('apbus_channel_info{channel="test",type="MPMC",mode="BlockProducer"}'), 1);
  assert.equal(samples.get('apbus_channel_messages_total{channel="test"}'), 20);
  assert.equal(samples.get('apbus_channel_ring_bytes_total{channel="test"}'), tail.position);
  assert.equal(samples.get('apbus_channel_utilization_ratio{channel="test"}'), utilization);
  assert.equal(samples.get(`apbus_producer_messages_total{${feed}}`), producers[0]?.counters['messages']);
  assert.equal(samples.get(`apbus_consumer_messages_total{${strategy}}`), consumers[0]?.counters['messages']);
  assert.equal(samples.get(`apbus_consumer_lag_messages{${strategy}}`), 5);
  assert.equal(samples.get(`apbus_consumer_state{${strategy},state="alive"}`), 1);
  assert.equal(samples.get(`apbus_consumer_state{${strategy},state="dead"}`), 0);
});

it('says for how long a consumer has not moved with something to read, while it is attached', (t) => {
  const channel = busyChannel(t);
  const series = 'apbus_consumer_unread_seconds{channel="test",consumer="strategy",slot="0"}';
  assert.equal(samplesIn(textOf(channel.directory)).get(series), 0);
  const { control } = channel.observer();
  const slot = consumerSlotOffset(0);
  const { cursor, seenPlace, unreadNs } = CONSUMER_SLOT.at;
  control.putFloat64(slot + seenPlace, control.getFloat64(slot + cursor));
  control.putFloat64(slot + unreadNs, systemClock().monotonicNs() - 90e9);
  const unread = samplesIn(textOf(channel.directory)).get(series);
  assert.ok(unread !== undefined && unread >= 90 && unread < 120, String(unread));
  control.storeVolatile(slot + CONSUMER_SLOT.at.state, SlotState.DETACHED);
  assert.equal(samplesIn(textOf(channel.directory)).get(series), undefined);
});

it('of producers that write one at a time the last one has the messages of the channel, and the others none', (t) => {
  const channel = new TemporaryChannel(t, { type: 'SPSC' });
  const primary = channel.producer(true, 'primary');
  for (let i = 0; i < 5; i++) primary.write(numbered(i));
  assert.equal(
    samplesIn(textOf(channel.directory)).get(
      'apbus_producer_messages_total{channel="test",producer="primary",slot="0"}',
    ),
    5,
  );
  primary.close();
  const backup = channel.producer(true, 'backup');
  for (let i = 0; i < 3; i++) backup.write(numbered(i));
  const samples = samplesIn(textOf(channel.directory));
  const counted = [...samples].filter(([name]) => name.startsWith('apbus_producer_message'));
  assert.deepEqual(
    counted.map(([name, value]) => [/producer="(\w+)"/.exec(name)?.[1], value]),
    [['backup', 8]],
  );
});

it('buckets of a latency are cumulative, and those of the log-linear counts', (t) => {
  const channel = busyChannel(t);
  const samples = samplesIn(textOf(channel.directory));
  const latencies = channelFigures(channel.observer()).consumers[0]!.queueLatency!;
  const series = 'apbus_consumer_queue_latency_seconds';
  const labels = 'channel="test",consumer="strategy",slot="0"';
  let before = 0;
  for (const ns of BUCKET_BOUNDS_NS) {
    const count = samples.get(`${series}_bucket{${labels},le="${ns / 1e9}"}`)!;
    // what is as long as the bound itself counts with the next
    assert.equal(count, latencies.countUpTo(ns - 1));
    assert.ok(count >= before);
    before = count;
  }
  assert.equal(samples.get(`${series}_bucket{${labels},le="+Inf"}`), 15);
  assert.equal(samples.get(`${series}_count{${labels}}`), 15);
  assert.equal(samples.get(`${series}_sum{${labels}}`), latencies.sumNs / 1e9);
});

it('a family stands together under one head, and every sample belongs to a metric that is described', (t) => {
  const text = textOf(busyChannel(t).directory);
  const heads = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!);
  assert.equal(new Set(heads).size, heads.length);
  const known = seriesNames();
  for (const name of samplesIn(text).keys()) assert.ok(known.has(name.replace(/\{.*/s, '')), name);
  assert.doesNotMatch(text, /apbus_journal|breaker_state/, 'what the channel does not have is not there');
});

it('a label may be anything: quotes, backslashes, lines, a script', () => {
  assert.equal(escapeLabel('plain'), 'plain');
  assert.equal(escapeLabel('a"b\\c\nd'), String.raw`a\"b\\c\nd`);
  assert.equal(escapeLabel('<script>alert(1)</script>'), '<script>alert(1)</script>');
});

it('what no counter can be, in a damaged slot, is left out; the rest is shown', (t) => {
  const channel = busyChannel(t);
  const { control } = channel.observer();
  const { messages, dropped, rejected } = PRODUCER_SLOT.at;
  for (const [at, value] of [
    [messages, NaN],
    [dropped, -3],
    [rejected, 1e300],
  ] as const)
    control.putFloat64(producerSlotOffset(0) + at, value);
  const text = textOf(channel.directory);
  assert.doesNotMatch(text, /apbus_producer_(?:messages|dropped_messages|rejected_messages)_total/);
  assert.match(text, /apbus_producer_message_bytes_total/);
  assert.doesNotMatch(text, /NaN/);
});

it('counters do not fall while endpoints come and go', (t) => {
  const channel = new TemporaryChannel(t, { type: 'MPMC' });
  using looker = new BusLooker(channel.directory);
  const counters = (): Map<string, number> => {
    const text = new Scraper(looker).scrape().text.toString();
    return new Map([...samplesIn(text)].filter(([name]) => /_total|_bucket|_count/.test(name)));
  };
  let before = new Map<string, number>();
  for (let round = 0; round < 6; round++) {
    const producer = channel.producer(true, 'feed', { latencySampling: 1 });
    const consumer = channel.consumer('latest', 'strategy', {}, { latencySampling: 1 });
    for (let i = 0; i < 10; i++) producer.write(new Uint8Array(8));
    consumer.poll(() => undefined, 7);
    for (const close of [() => {}, () => producer.close(), () => consumer.close()]) {
      close();
      const now = counters();
      for (const [name, value] of before) assert.ok((now.get(name) ?? NaN) >= value, `${name} fell, or is gone`);
      before = now;
    }
  }
  assert.equal(before.get('apbus_channel_messages_total{channel="test"}'), 60);
});

it('promtool finds nothing to complain about', (t) => {
  if (spawnSync('promtool', ['--version']).error !== undefined)
    return t.skip('needs promtool (apt-get install prometheus)');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: textOf(busyChannel(t).directory),
    encoding: 'utf8',
  });
  assert.equal(`${stdout}${stderr}`, '');
  assert.equal(status, 0);
});
