import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Summary } from '../../examples/pipeline/launcher/summary.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { APBUS } from './operator-scene.js';
import { startPrometheus } from './prometheus-server.js';

/** Messages written to each channel, and read by each consumer, as `channel` and `channel/consumer`. */
type Counts = Record<string, number>;

interface SeenEndpoint {
  readonly name: string;
  readonly counters: { readonly messages: number };
}

interface SeenChannel {
  readonly channel: string;
  readonly written: number;
  readonly consumers: readonly SeenEndpoint[];
}

const DEMO = script(import.meta.url, '../../examples/pipeline/main.js');
const CONFIG = script(import.meta.url, '../../../config/message_bus.toml');

test('stat, top, the dashboard, serve and a Prometheus query show the counts of the demo at full rate', async (t) => {
  const folder = temporaryDirectory(t);
  const directory = join(folder, 'bus');
  const config = join(folder, 'bus.toml');
  writeFileSync(config, `[bus]\ndirectory = "${directory}"\n${readFileSync(CONFIG, 'utf8')}`);
  const demo = startProcess(t, DEMO, ['--config', config, '--rate', 'max', '--duration', '2s', '--json']);
  await demo.succeeded();
  const expected = countsOfDemo(JSON.parse(demo.lines.join('\n')) as Summary);
  assert.ok(expected['market_data']! > 0);
  assert.equal(Object.keys(expected).length, 4 + 6 + 1 + 1 + 3);

  assert.deepEqual(await countsOfStat(t, directory, Object.keys(expected)), expected, 'stat');
  assert.deepEqual(await countsOfTop(t, directory), expected, 'top');
  assert.deepEqual(await countsOfDashboard(t, directory), expected, 'dashboard');
  const address = await listening(t, 'serve', directory);
  assert.deepEqual(countsOfText(await (await fetch(`${address}/metrics`)).text()), expected, 'serve');
  if (spawnSync('prometheus', ['--version']).error !== undefined)
    return t.diagnostic('without a query: needs prometheus (apt-get install prometheus)');
  const prometheus = await startPrometheus(t, address);
  await prometheus.until('count(apbus_consumer_messages_total)', (samples) => samples[0]?.value === 11);
  const written = await prometheus.query('apbus_channel_messages_total');
  const read = await prometheus.query('apbus_consumer_messages_total');
  const found = [
    ...written.map(({ labels, value }) => [labels['channel'], value]),
    ...read.map(({ labels, value }) => [`${labels['channel']}/${labels['consumer']}`, value]),
  ];
  assert.deepEqual(Object.fromEntries(found), expected, 'a query');
});

function countsOfDemo({ ok, channels }: Summary): Counts {
  assert.ok(ok, 'the demo adds up');
  return Object.fromEntries(
    channels.flatMap(({ channel, written, consumers }) => [
      [channel, written],
      ...Object.entries(consumers).map(([name, { read }]) => [`${channel}/${name}`, read]),
    ]),
  ) as Counts;
}

function countsOf(channels: readonly SeenChannel[]): Counts {
  return Object.fromEntries(
    channels.flatMap(({ channel, written, consumers }) => [
      [channel, written],
      ...consumers.map(({ name, counters }) => [`${channel}/${name}`, counters.messages]),
    ]),
  ) as Counts;
}

async function countsOfStat(t: TestContext, directory: string, keys: readonly string[]): Promise<Counts> {
  const names = keys.filter((key) => !key.includes('/'));
  const seen = names.map(async (name) => {
    const stat = startProcess(t, APBUS, ['stat', name, '--directory', directory, '--json']);
    await stat.succeeded();
    return JSON.parse(stat.lines.join('\n')) as SeenChannel;
  });
  return countsOf(await Promise.all(seen));
}

async function countsOfTop(t: TestContext, directory: string): Promise<Counts> {
  const top = startProcess(t, APBUS, ['top', '--once', '--json', '--directory', directory]);
  await top.succeeded();
  return countsOf((JSON.parse(top.lines.at(-1)!) as { channels: SeenChannel[] }).channels);
}

async function listening(t: TestContext, command: 'serve' | 'dashboard', directory: string): Promise<string> {
  const args = [command, '--directory', directory, '--listen', '127.0.0.1:0', '--json'];
  const server: TestProcess = startProcess(t, APBUS, args);
  const { address, url } = JSON.parse(await server.line('{')) as { address?: string; url?: string };
  return (address ?? url)!.replace(/\/$/, '');
}

/** The first look of the server that has channels; before it has looked it tells of none. */
async function countsOfDashboard(t: TestContext, directory: string): Promise<Counts> {
  const over = new AbortController();
  const { body } = await fetch(`${await listening(t, 'dashboard', directory)}/api/live`, { signal: over.signal });
  let text = '';
  for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const looks = [...text.matchAll(/^event: look\ndata: (.*)\n\n/gm)].map(([, data]) => channelsOf(data!));
    const look = looks.find((channels) => channels.length > 0);
    if (look === undefined) continue;
    over.abort();
    return countsOf(look);
  }
  return assert.fail(`no look came: ${text}`);
}

function channelsOf(data: string): SeenChannel[] {
  interface Look {
    readonly channels: readonly {
      readonly name: string;
      readonly written: number;
      readonly endpoints: readonly { readonly role: string; readonly name: string; readonly messages: number }[];
    }[];
  }
  const { channels } = JSON.parse(data) as Look;
  return channels.map(({ name: channel, written, endpoints }) => {
    const readers = endpoints.filter(({ role }) => role === 'consumer');
    const consumers = readers.map(({ name, messages }) => ({ name, counters: { messages } }));
    return { channel, written, consumers };
  });
}

function countsOfText(text: string): Counts {
  const counts: Counts = {};
  for (const line of text.split('\n')) {
    const sample = /^apbus_(channel|consumer)_messages_total\{(.*)\} (\S+)/.exec(line);
    if (sample === null) continue;
    const [, , labels = '', value] = sample;
    const channel = /channel="([^"]*)"/.exec(labels)?.[1];
    const consumer = /consumer="([^"]*)"/.exec(labels)?.[1];
    counts[consumer === undefined ? channel! : `${channel}/${consumer}`] = Number(value);
  }
  return counts;
}
