import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import type { CaptureReport } from '#src/observe/capture/capture-channels.js';
import { OpenedCapture } from '#src/observe/capture/opened-capture.js';
import { CONTROL } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { RingHistory } from '#src/ring/join.js';
import { RingObserver } from '#src/ring/observer.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { apbus } from '../kit/run-apbus.js';
import { numbered, TemporaryChannel } from '../kit/temporary-channel.js';
import { smallDisk } from './small-disk.js';

const MB = 1024 * 1024;
// build/test/system/ -> the package's root
const command = join(fileURLToPath(new URL('../../../', import.meta.url)), 'dist', 'cli', 'apbus.js');

/** Not in shared memory: rings stand there. */
function folderOnDisk(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'apbus-capture-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function startCapture(t: TestContext, { directory }: TemporaryChannel, file: string, ...more: string[]): TestProcess {
  return startProcess(t, command, ['capture', 'test', '--directory', directory, '-o', file, '--json', ...more]);
}

async function captured(process: TestProcess): Promise<CaptureReport> {
  await process.succeeded();
  return JSON.parse(process.lines.join('\n')) as CaptureReport;
}

/** Checks each message of `overtaker`s byte by byte, and that none is missing; answers how many there are. */
function checkMessages(file: string, front: number): number {
  using opened = new OpenedCapture(file);
  const segment = Segment.openExisting(opened.directory, 'test', { ringWritable: false });
  assert.ok(segment);
  const observer = new RingObserver(segment, (gap) => assert.fail(JSON.stringify(gap)));
  observer.moveTo('oldest');
  assert.equal(observer.sequence, front);
  const next = new Map<number, number>();
  let count = 0;
  const check = ({ bytes, sequence }: { bytes: Uint8Array; sequence: number }): void => {
    const message = Buffer.from(bytes);
    const [number, seed] = [message.readUInt32LE(0), message.readUInt32LE(4)];
    assert.equal(sequence, front + count);
    assert.equal(message.readUInt32LE(message.length - 4), crc32(message.subarray(0, message.length - 4)));
    assert.equal(number, next.get(seed) ?? number, `of producer ${seed}`);
    next.set(seed, number + 1);
    count += 1;
  };
  while (observer.poll(check, 1000) > 0);
  segment.close();
  return count;
}

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
  describe(`a capture of a ${type} channel that is written as fast as it can be`, () => {
    it('has whole messages without a gap, tells what was overwritten, and holds nobody up', async (t) => {
      const channel = new TemporaryChannel(t, { type, capacity: 32 * MB, messageSizeMax: 4096, mode: 'DropOldest' });
      const segment = channel.observer();
      const { control } = segment;
      const history = new RingHistory(segment);
      const writers = Array.from({ length: type.startsWith('MP') ? 4 : 1 }, (_, n) => {
        const actor = script(import.meta.url, './actors/overtaker.js');
        return startProcess(t, actor, [channel.directory, `w${n}`, '1000000000', `${n}`]);
      });
      const slots = (): number[] =>
        [CONTROL.at.producerSlotsUsed, CONTROL.at.consumerSlotsUsed].map((at) => control.loadVolatile(at));
      while (slots()[0] !== writers.length || history.tail().position < 40 * MB) await delay(10);
      const folder = folderOnDisk(t);
      const captures: { file: string; report: CaptureReport }[] = [];
      for (const limits of [[], ['--bytes', '1MB']]) {
        const file = join(folder, `${limits.length}.apcap`);
        const before = history.tail().sequence;
        const report = await captured(startCapture(t, channel, file, ...limits));
        const end = report.channels[0]?.tail.sequence ?? -1;
        assert.ok(end >= before, 'they wrote before and meanwhile');
        // and afterwards, as soon as they have a processor again
        while (history.tail().sequence <= end) await delay(10);
        assert.deepEqual(slots(), [writers.length, 0], 'no slot was taken');
        captures.push({ file, report });
      }
      await Promise.all(writers.map((process) => process.kill()));
      for (const { file, report } of captures) {
        const [one] = report.channels;
        assert.ok(one !== undefined && one.records > 0, JSON.stringify(report));
        assert.equal(one.front.sequence + one.records, one.tail.sequence);
        const readable = checkMessages(file, one.front.sequence);
        // an open claim is as far as readers come
        if (one.openClaims === 0) assert.equal(readable, one.records);
        t.diagnostic(`${one.records} records, ${readable} readable, ${one.overwritten} overwritten`);
      }
    });
  });
}

/** A channel that nobody has open any more. */
function deadChannel(t: TestContext, megabytes: number, bytes: number): TemporaryChannel {
  const channel = new TemporaryChannel(t, { type: 'MPMC', capacity: megabytes * MB, messageSizeMax: 64 * 1024 });
  const segment = channel.segment(true);
  channel.deadProducer((producer) => {
    channel.deadConsumer('reader', (consumer) => {
      for (let at = 0; at < bytes; at += 32 * 1024) producer.write(numbered(at / 32 / 1024, 32 * 1024 - 40));
      consumer.poll(() => undefined, 3);
    });
  });
  segment.close();
  return channel;
}

it('a capture is opened while others let go of theirs: the last one removes the place of all', async (t) => {
  const root = join(folderOnDisk(t), 'captures');
  const actor = script(import.meta.url, './actors/unfolder.js');
  const openers = Array.from({ length: 3 }, () => startProcess(t, actor, [root, '400']));
  for (const opener of openers) await opener.line('begun');
  for (const opener of openers) opener.send('go');
  for (const opener of openers) await opener.succeeded();
  assert.equal(existsSync(root), false);
});

describe('apbus capture', () => {
  it('that is killed in the middle leaves nothing under the name, and the next one succeeds', async (t) => {
    const channel = deadChannel(t, 64, 63 * MB);
    const folder = folderOnDisk(t);
    const file = join(folder, 'x.apcap');
    const process = startCapture(t, channel, file);
    const begun = (): string | undefined =>
      readdirSync(folder).find((name) => name.endsWith('.unfinished') && statSync(join(folder, name)).size > MB);
    while (begun() === undefined && process.exit === undefined) await delay(1);
    await process.kill();
    assert.equal((await process.ended()).signal, 'SIGKILL', 'it was not done yet');
    assert.equal(existsSync(file), false);
    assert.equal((await captured(startCapture(t, channel, file))).channels[0]?.overwritten, 0);
    assert.ok(existsSync(file));
  });

  it('that is told to end removes what it has written', async (t) => {
    const channel = deadChannel(t, 64, 63 * MB);
    const folder = folderOnDisk(t);
    const process = startCapture(t, channel, join(folder, 'x.apcap'));
    while (readdirSync(folder).length === 0 && process.exit === undefined) await delay(1);
    process.signal('SIGTERM');
    assert.equal((await process.ended()).code, 1, process.stderr);
    assert.match(process.stderr, /ERR_ABORTED/);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('on a full disk says so, and leaves nothing', async (t) => {
    const disk = smallDisk(t);
    if (disk === undefined) return;
    const channel = deadChannel(t, 8, 7 * MB);
    const there = readdirSync(disk);
    const process = startCapture(t, channel, join(disk, 'x.apcap'));
    assert.equal((await process.ended()).code, 1);
    assert.match(process.stderr, /cannot write the capture .*ENOSPC.*\(ERR_STORAGE_SPACE\)/);
    assert.deepEqual(readdirSync(disk), there);
  });

  it('of a channel whose processes are dead is shown as the channel itself: tail, stat, ls and replay', async (t) => {
    const channel = deadChannel(t, 1, 700 * 1024);
    const live = ['--directory', channel.directory];
    const file = join(folderOnDisk(t), 'x.apcap');
    assert.equal((await apbus('capture', '--all', ...live, '-o', file)).code, 0);
    const shown = async (...args: string[]): Promise<string> => {
      const run = await apbus(...args);
      assert.equal(run.code, 0, run.messages);
      return run.data;
    };
    const tail = await shown('tail', 'test', '--json', ...live);
    assert.equal(tail.split('\n').length, 22 + 1);
    assert.equal(await shown('tail', 'test', '--json', '--capture', file), tail);
    const statOf = async (...where: string[]): Promise<object> => {
      const text = await shown('stat', 'test', '--json', ...where);
      const {
        captured: _c,
        directory: _d,
        path: _p,
        atNs: _a,
        wallAheadMs: _w,
        ...figures
      } = JSON.parse(text) as Record<string, unknown>;
      const still = JSON.stringify(figures, (key, value) => (key === 'lagMs' ? undefined : (value as unknown)));
      return JSON.parse(still) as object;
    };
    assert.deepEqual(await statOf('--capture', file), await statOf(...live));
    assert.match(await shown('stat', 'test', '--capture', file), /reader +\d+ +dead at capture/);
    assert.match(await shown('ls', '--capture', file), /test +MPMC .* idle at capture/);
    assert.match(await shown('top', '--once', '--interval', '50', '--capture', file), /test/);
    const judgedOf = async (...where: string[]): Promise<unknown> => {
      const { code, data } = await apbus('health', '--json', ...where);
      const { status, findings } = JSON.parse(data) as { status: string; findings: { code: string; found: string }[] };
      return [code, status, findings.map((one) => [one.code, one.found])];
    };
    assert.deepEqual(await judgedOf('--capture', file), await judgedOf(...live));
    const traced = await apbus('trace', 'ab'.repeat(16), ...live);
    assert.equal((await apbus('trace', 'ab'.repeat(16), '--capture', file)).code, traced.code);
    const replayed = await shown('replay', 'test', '--capture', file, '--speed', 'max', '--json');
    const textsOf = (lines: string): unknown[] =>
      lines
        .trim()
        .split('\n')
        .map((line) => {
          const { producer: _n, ...message } = JSON.parse(line) as Record<string, unknown>;
          return message;
        });
    assert.deepEqual(textsOf(replayed), textsOf(tail));
  });

  it('refuses what it cannot do, and looking refuses what is no capture', async (t) => {
    const channel = deadChannel(t, 1, 64 * 1024);
    const live = ['--directory', channel.directory];
    const file = join(folderOnDisk(t), 'x.apcap');
    const refused = async (pattern: RegExp, ...args: string[]): Promise<void> => {
      const { code, messages } = await apbus(...args);
      assert.equal(code, 1, messages);
      assert.match(messages, pattern);
    };
    await refused(/name the channels/, 'capture', ...live);
    await refused(/did you mean test/, 'capture', 'tests', ...live, '-o', file);
    await refused(/--all and names/, 'capture', 'test', '--all', ...live, '-o', file);
    await refused(/--last: found "5"/, 'capture', 'test', '--last', '5', ...live, '-o', file);
    await refused(/--bytes: found "0"/, 'capture', 'test', '--bytes', '0', ...live, '-o', file);
    await refused(/make the folder first/, 'capture', 'test', ...live, '-o', `${file}/none/x`);
    await refused(/is not there|ENOENT/, 'ls', '--capture', file);
    assert.equal(existsSync(file), false);
    writeFileSync(file, 'not this');
    await refused(/is no capture: it starts with "not this"/, 'stat', 'test', '--capture', file);
    await refused(/one of them/, 'tail', 'test', '--capture', file, ...live);
  });
});
