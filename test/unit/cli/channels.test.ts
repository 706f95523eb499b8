import assert from 'node:assert/strict';
import { closeSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { CONTROL } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { apbus, type CommandRun } from '../../kit/run-apbus.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

const CONFIG = `
[bus]
directory = "segments"
[channels.ticks]
type = "SPSC"
producer = "feed"
consumer = "strategy"
buffer_size = "64KB"
message_size_max = "1KB"
[channels.orders]
type = "MPSC"
producers = ["strategy", "desk"]
consumer = "gateway"
buffer_size = "128KB"
backpressure.mode = "DropNewest"
`;

function configured(t: TestContext): { file: string; directory: string } {
  const folder = temporaryDirectory(t);
  const file = join(folder, 'bus.toml');
  writeFileSync(file, CONFIG);
  return { file, directory: join(folder, 'segments') };
}

interface Listed {
  name: string;
  bufferSize: number;
  backpressure: { mode: string };
  segment: {
    state: string;
    code?: string;
    bytes?: number;
    creatorPid?: number;
    createdNs?: string;
    createdAt?: string;
  };
}

function listed(run: CommandRun): Listed[] {
  return (JSON.parse(run.data) as { channels: Listed[] }).channels;
}

const TICKS = { name: 'ticks', type: 'SPSC', capacity: 65_536, messageSizeMax: 1024 } as const;

describe('apbus channels', () => {
  it('lists every channel with its sizes, and creates nothing', async (t) => {
    const { file } = configured(t);
    const run = await apbus('channels', '--config', file, '--json');
    assert.equal(run.code, 0);
    assert.equal(listed(run)[1]?.backpressure.mode, 'DropNewest');
    assert.deepEqual(
      listed(run).map(({ name, bufferSize, segment }) => [name, bufferSize, segment.state]),
      [
        ['ticks', 65_536, 'absent'],
        ['orders', 131_072, 'absent'],
      ],
    );
    const again = await apbus('channels', '--config', file, '--json');
    assert.equal(again.data, run.data);
  });

  it('shows the segment of a channel that is running, with the process that made it', async (t) => {
    const { file, directory } = configured(t);
    Segment.openOrCreate(directory, TICKS, { ringWritable: true }).close();
    const run = await apbus('channels', '--config', file, '--json');
    const [ticks] = listed(run);
    assert.equal(run.code, 0);
    assert.equal(ticks?.segment.state, 'ready');
    assert.equal(ticks?.segment.bytes, 131_072);
    assert.equal(ticks?.segment.creatorPid, process.pid);
  });

  it('shows when the segment was made, to the nanosecond and as a date', async (t) => {
    const { file, directory } = configured(t);
    const before = Date.now();
    Segment.openOrCreate(directory, TICKS, { ringWritable: true }).close();
    const after = Date.now();
    const segment = listed(await apbus('channels', '--config', file, '--json'))[0]?.segment;
    const createdMs = Number(BigInt(segment?.createdNs ?? 0) / 1_000_000n);
    // the clock of stamps may lie a little beside the wall clock, which is corrected now and then
    assert.ok(createdMs >= before - 1000 && createdMs <= after + 1000, `${before} ${createdMs} ${after}`);
    assert.equal(segment?.createdAt, new Date(createdMs).toISOString());
  });

  it('shows any number of nanoseconds that the segment may hold', async (t) => {
    const { file, directory } = configured(t);
    Segment.openOrCreate(directory, TICKS, { ringWritable: true }).close();
    const descriptor = openSync(join(directory, 'ticks.ring'), 'r+');
    t.after(() => closeSync(descriptor));
    const cases = [
      [1_700_000_000_123_456_789n, '1700000000123456789', '2023-11-14T22:13:20.123Z'],
      [0n, '0', '1970-01-01T00:00:00.000Z'],
      [2n ** 64n - 1n, '18446744073709551615', '2554-07-21T23:34:33.709Z'],
    ] as const;
    for (const [ns, createdNs, createdAt] of cases) {
      writeSync(descriptor, new BigUint64Array([ns]), 0, 8, CONTROL.at.createdNs);
      const segment = listed(await apbus('channels', '--config', file, '--json'))[0]?.segment;
      assert.deepEqual([segment?.createdNs, segment?.createdAt], [createdNs, createdAt]);
    }
  });

  it('prints the same as a table', async (t) => {
    const { file, directory } = configured(t);
    Segment.openOrCreate(directory, TICKS, { ringWritable: true }).close();
    const { data } = await apbus('channels', '-c', file);
    const lines = data.trimEnd().split('\n');
    assert.equal(lines.length, 3);
    assert.match(lines[1] ?? '', /^ticks +SPSC +64KB +1KB +BlockProducer +ready +\S+ +feed +strategy$/);
    assert.match(lines[2] ?? '', /^orders +MPSC +128KB +16KB +DropNewest +absent +- +strategy,desk +gateway$/);
  });

  it('tells a running channel that differs from the configuration, key by key', async (t) => {
    const { file, directory } = configured(t);
    Segment.openOrCreate(directory, { ...TICKS, messageSizeMax: 512 }, { ringWritable: true }).close();
    const run = await apbus('channels', '--config', file, '--json');
    assert.equal(run.code, 1);
    assert.equal(listed(run)[0]?.segment.code, 'ERR_CONFIG_MISMATCH');
    assert.match(run.messages, /message_size_max is 512, configured is 1024/);
    assert.doesNotMatch(run.messages, /messageSizeMax|capacity/, 'named as the configuration names it');
  });

  it('tells a file that is no segment, and a link, and still lists the rest', async (t) => {
    const { file, directory } = configured(t);
    Segment.openOrCreate(directory, TICKS, { ringWritable: true }).close();
    symlinkSync('ticks.ring', join(directory, 'orders.ring'));
    writeFileSync(join(directory, 'ticks.ring'), 'no segment', { mode: 0o600 });
    const run = await apbus('channels', '--config', file, '--json');
    assert.equal(run.code, 1);
    assert.deepEqual(
      listed(run).map(({ segment }) => segment.code),
      ['ERR_CORRUPT', 'ERR_PERMISSION'],
    );
    const paths = ['ticks', 'orders'].map((name) => run.messages.split(join(directory, `${name}.ring`)).length - 1);
    assert.deepEqual(paths, [1, 1], 'each path once');
  });

  it('tells a file where the directory should be, once for each channel', async (t) => {
    const { file, directory } = configured(t);
    writeFileSync(directory, '');
    const run = await apbus('channels', '--config', file, '--json');
    assert.equal(run.code, 1);
    assert.equal(run.messages.match(/ENOTDIR/g)?.length, 2);
  });

  it('answers 2 for a configuration that is missing or wrong, with the reason and nothing on standard output', async (t) => {
    const { file } = configured(t);
    writeFileSync(file, CONFIG.replace('64KB', '65KB'));
    for (const [path, reason] of [
      [file, /buffer_size/],
      [`${file}.gone`, /no such file/],
    ] as const) {
      const run = await apbus('channels', '--config', path);
      assert.equal(run.code, 2);
      assert.equal(run.data, '');
      assert.match(run.messages, reason);
    }
  });
});

describe('apbus doctor', () => {
  it('reports each check once, as JSON', async (t) => {
    const { file } = configured(t);
    const { data } = await apbus('doctor', '--config', file, '--json');
    const { findings } = JSON.parse(data) as { findings: { id: string }[] };
    const ids = findings.map(({ id }) => id).join(' ');
    const ofRuntime = 'platform node addon membarrier directory space open-files';
    assert.equal(ids, `${ofRuntime} memlock kernel logout clock processors leftovers`);
  });

  it('answers 1 when a check fails, and gives advice', async (t) => {
    const { file, directory } = configured(t);
    writeFileSync(directory, 'a file where the directory should be');
    const run = await apbus('doctor', '--config', file);
    assert.equal(run.code, 1);
    assert.match(run.data, /^fail {2}directory .*\n +-> remove it/m);
    assert.equal(run.messages, '');
  });
});

describe('apbus', () => {
  it('answers 2 to an unknown command or option, and 0 to --help and --version', async () => {
    assert.equal((await apbus('no-such-command')).code, 2);
    assert.equal((await apbus('channels', '--no-such-option')).code, 2);
    const help = await apbus('--help');
    assert.equal(help.code, 0);
    assert.match(help.data, /Exit codes:/);
    assert.match((await apbus('--version')).data, /^\d+\.\d+\.\d+/);
  });
});
