import assert from 'node:assert/strict';
import { it } from 'node:test';
import { apbus } from '../../kit/run-apbus.js';
import { numbered, TemporaryChannel } from '../../kit/temporary-channel.js';

it('stat shows the latencies of each endpoint that timed any, and for how long a message has been waiting', async (t) => {
  const channel = new TemporaryChannel(t);
  const consumer = channel.consumer('latest', 'reader', {}, { latencySampling: 1 });
  const producer = channel.producer(true, 'writer', { latencySampling: 1 });
  for (let n = 0; n < 3; n++) producer.write(numbered(n));
  assert.equal(
    consumer.poll(() => {}, 2),
    2,
  );
  const where = ['test', '--directory', channel.directory];

  const shown = await apbus('stat', ...where);
  const table = shown.data.slice(shown.data.indexOf('latencies')).split('\n');
  assert.match(table[1] ?? '', /slot +name +time of +count +mean +p50 +p90 +p99 +p99\.9 +max$/);
  const cells = table.slice(2).map((line) => line.trim().split(/ +/));
  assert.deepEqual(
    cells.filter((row) => row.length > 1).map((row) => row.slice(1, 3)),
    [
      ['writer', 'write'],
      ['reader', 'queue'],
      ['reader', 'total'],
      ['reader', 'handling'],
    ],
  );
  for (const time of cells[0]!.slice(4)) assert.match(time, /^[\d.]+(?:ns|us|ms|s)$/);
  const heading = shown.data.split('\n').find((line) => line.includes('behind'));
  const at = heading!.indexOf('lag');
  const reader = shown.data.split('\n').find((line) => line.includes('reader'));
  assert.match(reader!.slice(at), /^[\d.]+(?:ns|us|ms|s) /);

  const json = JSON.parse((await apbus('stat', ...where, '--json')).data) as {
    producers: { writeLatency: Record<string, number> }[];
    consumers: { lagMs: number; totalLatency: Record<string, number> }[];
  };
  const summary = ['count', 'meanNs', 'p50Ns', 'p90Ns', 'p99Ns', 'p999Ns', 'maxNs'];
  assert.deepEqual(Object.keys(json.producers[0]!.writeLatency), summary);
  assert.deepEqual(Object.keys(json.consumers[0]!.totalLatency), summary);
  assert.equal(json.consumers[0]!.totalLatency['count'], 2);
  assert.ok(json.consumers[0]!.lagMs > 0);
});

it('stat shows no table of latencies where nothing was timed', async (t) => {
  const channel = new TemporaryChannel(t);
  channel.producer(true, 'writer', { latencySampling: 0 }).write(numbered(1));
  const { data } = await apbus('stat', 'test', '--directory', channel.directory);
  assert.doesNotMatch(data, /latencies/);
});
