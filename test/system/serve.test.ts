import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Segment } from '#src/layout/segment.js';
import { channelFigures } from '#src/observe/channel-figures.js';
import { numbered, temporaryDirectory, TemporaryChannel } from '../kit/temporary-channel.js';
import { PATIENCE_MS, script, startProcess, type TestProcess } from '../kit/processes.js';
import { startPrometheus } from './prometheus-server.js';

const COMMAND = script(import.meta.url, '../../../dist/cli/apbus.js');

interface Listening {
  readonly server: TestProcess;
  readonly address: string;
}

async function startServing(t: TestContext, directory: string, ...more: string[]): Promise<Listening> {
  const args = ['serve', '--directory', directory, '--listen', '127.0.0.1:0', '--json', ...more];
  const server = startProcess(t, COMMAND, args);
  const { address } = JSON.parse(await server.line('{')) as { address: string };
  return { server, address };
}

async function scrape(address: string): Promise<string> {
  const response = await fetch(`${address}/metrics`);
  assert.equal(response.status, 200);
  return response.text();
}

it('a real Prometheus scrapes it, and counts what the segments say', async (t) => {
  if (spawnSync('prometheus', ['--version']).error !== undefined)
    return t.skip('needs prometheus (apt-get install prometheus)');
  const channel = new TemporaryChannel(t, { type: 'MPMC' });
  const producer = channel.producer(true, 'feed', { latencySampling: 1 });
  const consumer = channel.consumer('latest', 'strategy', {}, { latencySampling: 1 });
  for (let i = 0; i < 1000; i++) {
    producer.write(numbered(i));
    if (i % 10 < 9) consumer.poll(() => undefined, 1);
  }
  const { address } = await startServing(t, channel.directory);
  const prometheus = await startPrometheus(t, address);
  await prometheus.until('apbus_channel_messages_total', (samples) => samples[0]?.value === 1000);

  const { producers, consumers, tail, utilization } = channelFigures(channel.observer());
  const value = async (query: string): Promise<number | undefined> => (await prometheus.query(query))[0]?.value;
  assert.equal(await value('up{job="alphapulse-bus"}'), 1);
  assert.equal(await value('apbus_channel_ring_bytes_total'), tail.position);
  assert.equal(await value('apbus_channel_utilization_ratio'), utilization);
  assert.equal(await value('apbus_producer_message_bytes_total'), producers[0]!.counters['messageBytes']);
  assert.equal(await value('apbus_consumer_messages_total{consumer="strategy"}'), consumers[0]!.counters['messages']);
  assert.equal(await value('apbus_consumer_lag_messages'), consumers[0]!.lag?.messages);
  assert.equal(await value('apbus_consumer_state{state="alive"}'), 1);
  const { handlingLatency } = consumers[0]!;
  assert.equal(await value('apbus_consumer_handling_latency_seconds_count'), handlingLatency!.count);
  assert.equal(await value('apbus_consumer_handling_latency_seconds_bucket{le="+Inf"}'), handlingLatency!.count);
  const median = await value('histogram_quantile(0.5, apbus_consumer_handling_latency_seconds_bucket)');
  // a bucket is twice as wide as it begins at, the first begins at 0
  assert.ok(median! <= Math.max(handlingLatency!.quantile(0.5) * 2, 512) / 1e9, `${median}`);

  for (let i = 0; i < 500; i++) {
    producer.write(numbered(i));
    consumer.poll(() => undefined, 2);
  }
  await prometheus.until('apbus_channel_messages_total', (samples) => samples[0]?.value === 1500);
  assert.equal(await value('resets(apbus_consumer_messages_total[5m])'), 0);
  const { alerts, health } = await prometheus.rules();
  assert.ok(alerts.includes('ApbusRingFull'));
  assert.deepEqual(new Set(health), new Set(['ok']));
});

it('segments that are damaged, replaced and removed while it is scraped cost it nothing', async (t) => {
  const directory = temporaryDirectory(t);
  const make = (name: string): void =>
    Segment.openOrCreate(
      directory,
      { name, type: 'SPSC', capacity: 65_536, messageSizeMax: 1024 },
      { ringWritable: true },
    ).close();
  make('steady');
  const { server, address } = await startServing(t, directory);
  let scrapes = 0;
  const over = new AbortController();
  const scraping = (async () => {
    while (!over.signal.aborted) {
      assert.match(await scrape(address), /^apbus_channel_usable\{channel="steady"\} 1$/m);
      scrapes++;
    }
  })();
  for (let round = 0; round < 30; round++) {
    make('fleeting');
    await pause(5);
    if (round % 3 === 1) {
      writeFileSync(join(directory, 'junk'), Buffer.alloc(64 * round, round), { mode: 0o600 });
      renameSync(join(directory, 'junk'), join(directory, 'fleeting.ring'));
    }
    if (round % 3 === 2) writeFileSync(join(directory, 'fleeting.ring'), Buffer.alloc(1024, round), { flag: 'r+' });
    await pause(5);
    rmSync(join(directory, 'fleeting.ring'));
  }
  writeFileSync(join(directory, 'fleeting.ring'), 'no segment', { mode: 0o600 });
  over.abort();
  await scraping;
  assert.match(await scrape(address), /^apbus_channel_usable\{channel="fleeting"\} 0$/m);
  assert.ok(scrapes > 0);
  assert.match(server.stderr, /channel "fleeting" cannot be looked at/);
  server.signal('SIGTERM');
  assert.deepEqual(await server.ended(), { code: 0, signal: null });
});

it('a dead consumer makes it not ready, and it stays alive', async (t) => {
  const channel = new TemporaryChannel(t);
  channel.producer();
  const { address } = await startServing(t, channel.directory);
  assert.equal((await fetch(`${address}/readyz`)).status, 200);
  channel.deadConsumer('strategy');
  const ready = await fetch(`${address}/readyz`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /strategy/);
  assert.equal((await fetch(`${address}/healthz`)).status, 200);
});

it('a channel that is not as configured, and a service that never came, are told by readiness', async (t) => {
  const channel = new TemporaryChannel(t);
  channel.producer(true, 'feed');
  const config = join(channel.directory, 'bus.toml');
  const table = '[channels.test]\ntype = "SPSC"\nproducer = "feed"\nconsumer = "strategy"\nbuffer_size = "128KB"\n';
  writeFileSync(config, `health.absent_after_ms = 0\n${table}`);
  const { address } = await startServing(t, channel.directory, '-c', config);
  const ready = await fetch(`${address}/readyz`);
  assert.equal(ready.status, 200);
  const reasons = await ready.text();
  assert.match(reasons, /^degraded: test: .*buffer_size is 65536, configured is 131072/m);
  assert.match(reasons, /^degraded: test: consumer strategy is declared and not attached/m);
});

it('connections that say nothing are closed, and others are served meanwhile and afterwards', async (t) => {
  const { address } = await startServing(t, temporaryDirectory(t));
  const { port } = new URL(address);
  const silent = Array.from({ length: 50 }, () => connect(Number(port), '127.0.0.1').on('error', () => undefined));
  const closed = Promise.all(
    silent.map(async (socket) => {
      socket.resume();
      await once(socket, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) });
    }),
  );
  assert.match(await scrape(address), /^apbus_channels 0$/m);
  await closed;
  assert.match(await scrape(address), /^apbus_channels 0$/m);
});
