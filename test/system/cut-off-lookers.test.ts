import assert from 'node:assert/strict';
import { readFileSync, truncateSync } from 'node:fs';
import { setTimeout as later } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { Producer } from '#src/channel/producer.js';
import { segmentPath } from '#src/layout/directory.js';
import { Segment } from '#src/layout/segment.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { blocking, numbered, temporaryDirectory } from '../kit/temporary-channel.js';

const APBUS = script(import.meta.url, '../../../dist/cli/apbus.js');
const CHANNELS = 50;
const nameOf = (n: number): string => `c${String(n).padStart(2, '0')}`;

/** Channels with messages in them, which no process has open: whoever has them mapped looks on. */
function leftChannels(t: TestContext, count: number): string {
  const directory = temporaryDirectory(t);
  for (let n = 0; n < count; n++) {
    const shape = { name: nameOf(n), type: 'SPMC', capacity: 65_536, messageSizeMax: 1024 } as const;
    const segment = Segment.openOrCreate(directory, shape, { ringWritable: true });
    const producer = new Producer(segment, { service: 'feed', timestamps: true, backpressure: blocking(20) });
    for (let i = 0; i < 10; i++) producer.write(numbered(i));
    producer.close();
  }
  return directory;
}

const look = (t: TestContext, directory: string, ...args: string[]): TestProcess =>
  startProcess(t, APBUS, [...args, '--directory', directory]);

/** To a page, which keeps the header; to nothing; and to all but the end of the ring. */
const cutOff = (directory: string, n: number): void =>
  truncateSync(segmentPath(directory, nameOf(n)), [4096, 0, 600_000][n % 3]);

/** Whoever follows has read all there is, and looks for microseconds now and then. */
const atRest = (): Promise<void> => later(200);

interface TopLine {
  readonly channels: readonly { readonly channel: string }[];
  readonly unusable: readonly { readonly channel: string; readonly code: string }[];
}

describe('who looks on while segments are cut off, between two looks', () => {
  it('apbus serve answers each scrape, and tells which channels cannot be used', async (t) => {
    const directory = leftChannels(t, CHANNELS);
    const server = look(t, directory, 'serve', '--listen', '127.0.0.1:0', '--json');
    const { address } = JSON.parse(await server.line('{')) as { address: string };
    for (let n = 0; n < CHANNELS; n++) {
      const usable = (await (await fetch(`${address}/metrics`)).text()).match(/^apbus_channel_usable\{.*\} 1$/gm) ?? [];
      assert.equal(usable.length, CHANNELS - n);
      cutOff(directory, n);
    }
    const text = await (await fetch(`${address}/metrics`)).text();
    assert.equal(text.match(/^apbus_channel_usable\{.*\} 0$/gm)?.length, CHANNELS);
    server.signal('SIGTERM');
    await server.succeeded();
  });

  it('apbus top goes on with the others', async (t) => {
    const directory = leftChannels(t, CHANNELS);
    const top = look(t, directory, 'top', '--json', '--interval', '300');
    for (let n = 0; n < CHANNELS; n += 5) {
      await top.nextLine();
      const { channels, unusable } = JSON.parse(top.lines.at(-1)!) as TopLine;
      assert.deepEqual([channels.length, unusable.length], [CHANNELS - n, n]);
      for (let k = 0; k < 5; k++) cutOff(directory, n + k);
    }
    await top.nextLine();
    const { unusable } = JSON.parse(top.lines.at(-1)!) as TopLine;
    assert.deepEqual(new Set(unusable.map(({ code }) => code)), new Set(['ERR_CORRUPT']));
    top.signal('SIGTERM');
    await top.succeeded();
  });

  it('apbus tail --follow ends with the reason', async (t) => {
    const directory = leftChannels(t, 1);
    const tail = look(t, directory, 'tail', nameOf(0), '--follow', '--from', 'oldest', '--json');
    while (tail.lines.length < 10) await tail.nextLine();
    await atRest();
    cutOff(directory, 0);
    assert.deepEqual(await tail.ended(), { code: 1, signal: null });
    assert.match(tail.stderr, /channel c00: its segment was truncated while it was in use.*ERR_CORRUPT/);
  });

  it('apbus trace --follow goes on with the other channels, and says which one it could not read', async (t) => {
    const directory = leftChannels(t, 2);
    const trace = look(t, directory, 'trace', 'ab'.repeat(16), '--follow', '--json');
    const maps = (): string => readFileSync(`/proc/${trace.pid}/maps`, 'utf8');
    // one after the other while it searches, both while it follows
    while (![0, 1].every((n) => maps().includes(segmentPath(directory, nameOf(n))))) await later(10);
    await atRest();
    cutOff(directory, 0);
    await later(300);
    assert.equal(trace.exit, undefined, 'it goes on');
    trace.signal('SIGTERM');
    assert.equal((await trace.ended()).signal, null);
    assert.match(trace.stderr, /channel c00 cannot be read: .*was truncated/);
    assert.doesNotMatch(trace.stderr, /channel c01/);
  });
});
