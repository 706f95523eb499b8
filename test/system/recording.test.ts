import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { MessageBus, type ChannelType } from 'alphapulse-bus';
import { JournalReader } from 'alphapulse-bus/journal';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { countFromEnvironment } from '../kit/random.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import {
  numberOfRecorded,
  RECORDED,
  recordedConfig,
  recordedMessage,
  type RecordedOptions,
} from './recorded-channel.js';

const KILLS = countFromEnvironment('APBUS_STORM_RUNS', 6);

interface Scene {
  readonly directory: string;
  readonly options: RecordedOptions;
  readonly folder: string;
  readonly writer: (first: number, count?: number, durable?: string) => Promise<TestProcess>;
  readonly reader: (from: unknown) => Promise<TestProcess>;
}

function scene(t: TestContext, more: Partial<RecordedOptions> = {}): Scene {
  const directory = temporaryDirectory(t);
  const journal = more.journal ?? mkdtempSync(join(tmpdir(), 'apbus-recording-'));
  t.after(() => rmSync(journal, { recursive: true, force: true }));
  const options: RecordedOptions = { type: 'SPMC', ...more, journal };
  const start = async (actor: string, ...args: string[]): Promise<TestProcess> => {
    const process = startProcess(t, script(import.meta.url, `./actors/${actor}.js`), [
      directory,
      JSON.stringify(options),
      ...args,
    ]);
    await process.line('ready');
    return process;
  };
  return {
    directory,
    options,
    folder: join(journal, RECORDED),
    writer: (first, count = 0, durable = '') => start('recorded-writer', String(first), String(count), durable),
    reader: (from) => start('recorded-reader', JSON.stringify(from)),
  };
}

interface Recorded {
  readonly sequence: number;
  readonly n: number;
  readonly text: string;
  readonly receivedNs: bigint;
}

function recordedIn(folder: string): Recorded[] {
  const all: Recorded[] = [];
  const reader = JournalReader.open(folder);
  const take = (): number =>
    reader.poll(({ sequence, bytes, busReceivedNs }) => {
      const text = new TextDecoder().decode(bytes);
      all.push({ sequence, n: numberOfRecorded(text), text, receivedNs: busReceivedNs });
    });
  while (take() > 0);
  reader.close();
  return all;
}

/** The highest number after a word that a process said. */
const lastSaid = (process: TestProcess, word: string): number =>
  Math.max(-1, ...process.lines.filter((line) => line.startsWith(word)).map((line) => Number(line.split(' ')[1])));

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const satisfies readonly ChannelType[]) {
  it(`a ${type} channel is recorded completely, whoever is killed when`, async (t) => {
    const { writer, folder } = scene(t, { type });
    let accepted = -1;
    let next = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const process = await writer(next);
      await process.line('wrote');
      await later(20 + ((kill * 37) % 90));
      await process.kill();
      accepted = Math.max(accepted, lastSaid(process, 'wrote'));
      // Numbers are not to be used twice: this many cannot have been written since.
      next = Math.ceil((next + (accepted + 1) + 100_000) / 100_000) * 100_000;
    }
    const last = await writer(next, 500);
    await last.succeeded();
    const all = recordedIn(folder);
    all.forEach(({ sequence, n, text }, index) => {
      if (type.startsWith('SP')) assert.equal(sequence, index);
      assert.equal(text, new TextDecoder().decode(recordedMessage(n)));
      if (index > 0) assert.ok(n > all[index - 1]!.n, `message ${n} after ${all[index - 1]!.n}`);
    });
    assert.ok(all.at(-1)!.sequence >= accepted + 500);
    t.diagnostic(`${KILLS} kills, ${all.length} messages`);
  });
}

describe('a recorded channel', () => {
  it('has on the disk what waitDurable said, after everybody was killed', async (t) => {
    const { writer, folder } = scene(t, { persistence: { fsync: 'interval', fsyncIntervalMs: 5 } });
    const process = await writer(0, 0, 'durable');
    for (let said = 0; said < 3; said++) await process.nextLine();
    await process.kill();
    const durable = lastSaid(process, 'wrote');
    assert.ok(recordedIn(folder).at(-1)!.sequence >= durable);
  });

  it('is replayed while its writer goes on, across files, without a gap and without a message twice', async (t) => {
    const { writer, reader, folder } = scene(t);
    const process = await writer(0);
    while (lastSaid(process, 'wrote') < 12_000) await process.nextLine();
    const one = await reader({ sequence: 5 });
    await later(200);
    process.send('stop');
    const end = Number((await process.line('done')).split(' ')[1]);
    await process.succeeded();
    assert.ok(readdirSync(folder).filter((name) => name.endsWith('.journal')).length > 2);
    one.send(`until ${end - 1}`);
    const [, first, count, gaps, lost] = (await one.line('read ')).split(' ');
    assert.deepEqual([first, count, gaps, lost], ['5', String(end - 5), '0', '0']);
  });

  it('replays a window of time that is, byte for byte, what was written in it', async (t) => {
    const { writer, reader, folder } = scene(t);
    await (await writer(0, 10_000)).succeeded();
    const all = recordedIn(folder);
    const from = all[4321]!;
    const one = await reader({ timeNs: String(from.receivedNs) });
    one.send(`until ${all.length - 1}`);
    const hash = createHash('sha256');
    const expected = all.filter(({ receivedNs }) => receivedNs >= from.receivedNs);
    for (const { sequence, text } of expected) hash.update(`${sequence}`).update(text);
    const digest = hash.digest('hex').slice(0, 16);
    const read = await one.line('read ');
    assert.equal(read, `read ${expected[0]!.sequence} ${expected.length} 0 0 ${digest}`);
  });

  it('stops its producers when its disk is full, says so, and goes on when there is space', async (t) => {
    const mount = smallDisk(t);
    if (mount === undefined) return;
    const { options, directory, folder } = scene(t, { journal: mount });
    const config = recordedConfig(options);
    const bus = await MessageBus.open({ service: 'writer', config, directory });
    t.after(() => bus.close());
    const producer = bus.producer(RECORDED);
    const stay = setInterval(() => {}, 1000);
    t.after(() => clearInterval(stay));
    let written = 0;
    while (bus.journal(RECORDED).state !== 'stopped') {
      while (producer.tryWrite(recordedMessage(written)) >= 0) written++;
      await later(5);
    }
    assert.equal(bus.journal(RECORDED).error, 'ENOSPC');
    while (producer.tryWrite(recordedMessage(written)) >= 0) written++;
    await assert.rejects(producer.waitDurable(written - 1), /is not known to be in the journal: it cannot be written/);
    rmSync(join(mount, 'ballast'));
    while (bus.journal(RECORDED).written < written) await later(20);
    assert.equal(bus.journal(RECORDED).state, 'recording');
    await bus.close();
    assert.deepEqual(
      recordedIn(folder).map(({ n }) => n),
      Array.from({ length: written }, (_unused, n) => n),
    );
  });
});

/** A file system of 8 MB of which 6 are taken; undefined, and the test skipped, where it cannot be mounted. */
function smallDisk(t: TestContext): string | undefined {
  const mount = mkdtempSync(join(tmpdir(), 'apbus-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=0700', 'none', mount], { stdio: 'pipe' });
  } catch {
    rmSync(mount, { recursive: true });
    t.skip('needs root and mount');
    return undefined;
  }
  t.after(() => {
    execFileSync('umount', ['-l', mount]);
    rmSync(mount, { recursive: true, force: true });
  });
  execFileSync('dd', ['if=/dev/zero', `of=${join(mount, 'ballast')}`, 'bs=1M', 'count=6'], { stdio: 'pipe' });
  mkdirSync(join(mount, RECORDED), { mode: 0o700, recursive: true });
  return mount;
}
