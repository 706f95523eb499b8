import assert from 'node:assert/strict';
import { closeSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { unknownChannel } from '#src/cli/look/unknown-channel.js';
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
  channel: string;
  state: string;
  configured: boolean;
  declared?: { producers: string[]; consumers: string[] };
  error?: { code: string };
  fileBytes?: number;
  creatorPid?: number;
  createdNs?: string;
}

function listed(run: CommandRun): Listed[] {
  return (JSON.parse(run.data) as { channels: Listed[] }).channels;
}

const TICKS = { name: 'ticks', type: 'SPSC', capacity: 65_536, messageSizeMax: 1024 } as const;

describe('apbus ls', () => {
  it('lists every configured channel with those that are declared, and creates nothing', async (t) => {
    const { file } = configured(t);
    const run = await apbus('ls', '--config', file, '--json');
    assert.equal(run.code, 0);
    assert.deepEqual(listed(run)[1]?.declared, { producers: ['strategy', 'desk'], consumers: ['gateway'] });
    assert.deepEqual(
      listed(run).map(({ channel, state }) => [channel, state]),
      [
        ['ticks', 'absent'],
        ['orders', 'absent'],
      ],
    );
    const again = await apbus('ls', '--config', file, '--json');
    assert.equal(again.data, run.data);
  });

  it('shows the segment of a channel that is there, with the process that made it, and one that is not configured', async (t) => {
    const { file, directory } = configured(t);
    Segment.openOrCreate(directory, TICKS, { ringWritable: true }).close();
    Segment.openOrCreate(directory, { ...TICKS, name: 'other' }, { ringWritable: true }).close();
    const run = await apbus('ls', '--config', file, '--json');
    const [ticks, , other] = listed(run);
    assert.equal(run.code, 0);
    assert.deepEqual([ticks?.state, ticks?.fileBytes, ticks?.creatorPid], ['idle', 262_144, process.pid]);
    assert.deepEqual([other?.channel, other?.state, other?.configured], ['other', 'idle', false]);
  });

  it('shows any number of nanoseconds that the segment may hold', async (t) => {
    const { file, directory } = configured(t);
    Segment.openOrCreate(directory, TICKS, { ringWritable: true }).close();
    const descriptor = openSync(join(directory, 'ticks.ring'), 'r+');
    t.after(() => closeSync(descriptor));
    for (const ns of [1_700_000_000_123_456_789n, 0n, 2n ** 64n - 1n]) {
      writeSync(descriptor, new BigUint64Array([ns]), 0, 8, CONTROL.at.createdNs);
      assert.equal(listed(await apbus('ls', '--config', file, '--json'))[0]?.createdNs, String(ns));
    }
  });

  it('prints the same as a table', async (t) => {
    const { file, directory } = configured(t);
    Segment.openOrCreate(directory, TICKS, { ringWritable: true }).close();
    const { data } = await apbus('ls', '-c', file);
    const lines = data.trimEnd().split('\n');
    assert.equal(lines.length, 3);
    assert.match(lines[1] ?? '', /^ticks +SPSC +BlockProducer +64KB +idle +0 +0% +0\/1 +0\/1 +0 +-$/);
    assert.match(lines[2] ?? '', /^orders +MPSC +DropNewest +128KB +absent +-/);
  });

  it('tells a running channel that differs from the configuration, key by key, and still shows it', async (t) => {
    const { file, directory } = configured(t);
    Segment.openOrCreate(directory, { ...TICKS, messageSizeMax: 512 }, { ringWritable: true }).close();
    const run = await apbus('ls', '--config', file, '--json');
    assert.equal(run.code, 1);
    const [ticks] = listed(run);
    assert.deepEqual([ticks?.state, ticks?.error?.code], ['unusable', 'ERR_CONFIG_MISMATCH']);
    assert.equal(ticks?.fileBytes, 262_144);
    assert.match(run.messages, /message_size_max is 512, configured is 1024/);
    assert.doesNotMatch(run.messages, /messageSizeMax|capacity/, 'named as the configuration names it');
  });

  it('tells a file that is no segment, and a link, and still lists the rest', async (t) => {
    const { file, directory } = configured(t);
    Segment.openOrCreate(directory, TICKS, { ringWritable: true }).close();
    symlinkSync('ticks.ring', join(directory, 'orders.ring'));
    writeFileSync(join(directory, 'ticks.ring'), 'no segment', { mode: 0o600 });
    const run = await apbus('ls', '--config', file, '--json');
    assert.equal(run.code, 1);
    assert.deepEqual(
      listed(run).map(({ error }) => error?.code),
      ['ERR_CORRUPT', 'ERR_PERMISSION'],
    );
    const paths = ['ticks', 'orders'].map((name) => run.messages.split(join(directory, `${name}.ring`)).length - 1);
    assert.deepEqual(paths, [1, 1], 'each path once');
  });

  it('tells a file where the directory should be', async (t) => {
    const { file, directory } = configured(t);
    writeFileSync(directory, '');
    const run = await apbus('ls', '--config', file, '--json');
    assert.equal(run.code, 1);
    assert.match(run.messages, /cannot look into .*ENOTDIR/);
  });

  it('answers 2 for a configuration that is missing or wrong, with the reason and nothing on standard output', async (t) => {
    const { file } = configured(t);
    writeFileSync(file, CONFIG.replace('64KB', '65KB'));
    for (const [path, reason] of [
      [file, /buffer_size/],
      [`${file}.gone`, /no such file/],
    ] as const) {
      const run = await apbus('ls', '--config', path);
      assert.equal(run.code, 2);
      assert.equal(run.data, '');
      assert.match(run.messages, reason);
    }
  });

  it('of many channels names the nearest, and no more than ten of the others', () => {
    const names = Array.from({ length: 14 }, (_unused, n) => `channel_${n}`);
    const { message } = unknownChannel('chanel_12', names, 'is configured');
    const list = names.slice(0, 10).join(', ');
    const expected = `did you mean channel_12? there are: ${list}, and 4 more: apbus ls`;
    assert.equal(message, `no channel "chanel_12" is configured; ${expected}`);
    assert.doesNotMatch(unknownChannel('far_away', names, 'x').message, /did you mean/);
    assert.match(unknownChannel('x', [], 'is there').message, /; there is none$/);
  });
});

describe('apbus doctor', () => {
  it('reports each check once, as JSON', async (t) => {
    const { file } = configured(t);
    const { data } = await apbus('doctor', '--config', file, '--json');
    const { findings } = JSON.parse(data) as { findings: { id: string }[] };
    const ids = findings
      .map(({ id }) => id)
      // only where the environment names extra certificates
      .filter((id) => id !== 'start')
      .join(' ');
    const ofRuntime = 'platform node addon libc noexec permissions membarrier';
    const ofMemory = 'directory space open-files memlock huge-pages transparent numa';
    assert.equal(ids, `${ofRuntime} ${ofMemory} kernel logout clock processors leftovers`);
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
    assert.equal((await apbus('ls', '--no-such-option')).code, 2);
    const help = await apbus('--help');
    assert.equal(help.code, 0);
    assert.match(help.data, /Exit codes:/);
    assert.match((await apbus('--version')).data, /^\d+\.\d+\.\d+/);
  });
});
