import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { ALL_METRICS } from '#src/observe/metrics/all-metrics.js';
import { BusLooker } from '#src/observe/metrics/bus-look.js';
import { Scraper } from '#src/observe/metrics/exposition.js';
import { registerMeter } from '#src/observe/metrics/meter.js';
import { otelName } from '#src/observe/metrics/metric.js';
import type { BusError } from '#src/platform/bus-error.js';
import { busyChannel, samplesIn } from './scene.js';

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** What a meter collects, as Prometheus would write it. */
async function collected(reader: Reader): Promise<Map<string, number>> {
  const { resourceMetrics, errors } = await reader.collect();
  assert.deepEqual(errors, []);
  const samples = new Map<string, number>();
  for (const { metrics } of resourceMetrics.scopeMetrics)
    for (const { descriptor, dataPoints } of metrics)
      for (const { attributes, value } of dataPoints) {
        const labels = Object.entries(attributes).map(([name, said]) => `${name}="${String(said)}"`);
        samples.set(`${descriptor.name}${labels.length === 0 ? '' : `{${labels.join(',')}}`}`, value as number);
      }
  return samples;
}

it('a meter has the figures that Prometheus gets, by names with dots', async (t) => {
  const { directory } = busyChannel(t);
  writeFileSync(join(directory, 'broken.ring'), '', { mode: 0o600 });
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  using registered = registerMeter(provider.getMeter('test'), { directory });
  assert.ok(registered);
  const observed = await collected(reader);
  using looker = new BusLooker(directory);
  const scraped = samplesIn(new Scraper(looker).scrape().text.toString());
  assert.equal(observed.size, scraped.size);
  const latencies = ALL_METRICS.flatMap(([, metrics]) => metrics.filter(({ kind }) => kind === 'latency'));
  for (const [series, value] of scraped) {
    const [name = '', labels = ''] = series.split(/(?=\{)/);
    const latency = latencies.find((metric) => name.startsWith(`${metric.name}_`));
    const dotted =
      latency === undefined ? otelName(name) : `${latency.otelName}.${name.slice(latency.name.length + 1)}`;
    const found = observed.get(`${dotted}${labels}`);
    // what moves by itself between two looks need not be the same
    if (/duration|lag_seconds/.test(name)) assert.ok(found !== undefined, series);
    else assert.equal(found, value, series);
  }
});

it('a meter looks when it is read, and no more when the registration is over', async (t) => {
  const channel = busyChannel(t);
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  const registered = registerMeter(provider.getMeter('test'), { directory: channel.directory, endpointsMax: 1 });
  assert.equal((await collected(reader)).get('apbus.looks'), 1);
  const again = await collected(reader);
  assert.equal(again.get('apbus.looks'), 2);
  assert.equal(again.get('apbus.endpoints.omitted'), 1);
  registered[Symbol.dispose]();
  // the last value stays with the meter
  assert.equal((await collected(reader)).get('apbus.looks'), 2);
});

it('a directory that cannot be read is told, and nothing is observed', async (t) => {
  const { path } = busyChannel(t);
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  const told: BusError[] = [];
  using registered = registerMeter(provider.getMeter('test'), {
    directory: path,
    onError: (error) => told.push(error),
  });
  assert.ok(registered);
  assert.equal((await collected(reader)).size, 0);
  assert.deepEqual(
    told.map(({ code }) => code),
    ['ERR_PERMISSION'],
  );
});

it('every name is one that OpenTelemetry takes', () => {
  assert.equal(otelName('apbus_consumer_messages_total'), 'apbus.consumer.messages');
  for (const [, metrics] of ALL_METRICS)
    for (const metric of metrics) assert.match(metric.otelName, /^[a-z][a-z_.]{0,254}$/);
});
