import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MessageBus, type HealthReport, type JournalStatus, type PersistenceConfig } from 'alphapulse-bus';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { RECORDED, recordedConfig } from './recorded-channel.js';
import { recordedIn, scene } from './recorded-scene.js';

const SOURCE = fileURLToPath(new URL('../../../test/fixtures/failing-disk.c', import.meta.url));
const compiler = spawnSync('cc', ['--version']).status === 0;
const needs = compiler ? {} : { skip: 'needs a C compiler, to have the disk of a process fail' };

/** A process that records what it writes, and its disk; the test looks on from outside. */
interface Failing {
  readonly writer: TestProcess;
  readonly folder: string;
  readonly status: () => JournalStatus;
  readonly health: () => HealthReport;
  /** How the disk fails from now on, see the letters of the fixture; undefined: it is well. */
  readonly disk: (letters: string | undefined) => void;
  /** Has it write, and returns the sequence of what would come next. */
  readonly write: (count: number) => Promise<number>;
  /** Whether a record came to be on the disk; or why not. */
  readonly durable: (sequence: number) => Promise<string>;
  readonly until: (state: JournalStatus['state']) => Promise<void>;
}

const INTERVAL: PersistenceConfig = { fsync: 'interval', fsyncIntervalMs: 5 };

async function failing(t: TestContext, persistence: PersistenceConfig): Promise<Failing> {
  const place = temporaryDirectory(t);
  const library = join(place, 'failing.so');
  const made = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, SOURCE]);
  assert.equal(made.status, 0, String(made.stderr));
  const { directory, options, folder } = scene(t, { persistence });
  const how = join(place, 'how');
  const env = { LD_PRELOAD: library, FAILING_FOLDER: folder, FAILING_HOW: how };
  const actor = script(import.meta.url, './actors/recorded-orders.js');
  const writer = startProcess(t, actor, [directory, JSON.stringify(options)], { env });
  await writer.line('ready');
  const bus = await MessageBus.open({ service: 'reader', config: recordedConfig(options), directory });
  t.after(() => bus.close());
  const status = (): JournalStatus => bus.journal(RECORDED);
  const answer = async (command: string): Promise<string> => {
    const seen = writer.lines.length;
    writer.send(command);
    await writer.nextLine();
    return writer.lines[seen]!;
  };
  return {
    writer,
    folder,
    status,
    health: () => bus.healthCheck(),
    disk: (letters) => {
      if (letters === undefined) return rmSync(how, { force: true });
      writeFileSync(`${how}.new`, letters);
      renameSync(`${how}.new`, how);
    },
    write: async (count) => Number((await answer(`write ${count}`)).split(' ')[1]),
    durable: (sequence) => answer(`durable ${sequence}`),
    until: async (state) => {
      while (status().state !== state) {
        assert.equal(writer.exit, undefined, writer.stderr);
        await later(2);
      }
    },
  };
}

const FAULTS = [
  ['hw', 'writing, after half of it was written,'],
  ['s', 'a sync'],
] as const;

describe('a journal whose disk fails', needs, () => {
  for (const fsync of ['always', 'interval'] as const) {
    const persistence: PersistenceConfig = fsync === 'interval' ? INTERVAL : { fsync };
    for (const [letters, what] of FAULTS) {
      it(`with EIO at ${what} (fsync = "${fsync}", on_failure = "stop") acknowledges nothing, stops its producer, and goes on when it is well`, async (t) => {
        const { writer, folder, status, health, disk, write, durable, until } = await failing(t, persistence);
        await write(100);
        assert.equal(await durable(99), 'durable 99');
        disk(letters);
        await write(20);
        await until('stopped');
        assert.deepEqual([status().error, status().durable], ['EIO', 100]);
        assert.match(await durable(100), /^refused 100 ERR_JOURNAL .*cannot be written \(errno 5\)/);
        const finding = health().findings.find(({ code }) => code.startsWith('journal-'));
        assert.deepEqual([finding?.code, finding?.severity], ['journal-stopped', 'unhealthy']);
        assert.match(finding?.found ?? '', /cannot be written \(EIO\)/);
        while (!/APBUS_JOURNAL.*EIO/.test(writer.stderr)) await later(2);
        const full = await write(1_000_000);
        assert.equal(await write(1), full, 'the ring is full, and stays so');
        // it tries again and again, and never says more than is so
        for (let n = 0; n < 75; n++, await later(8)) {
          assert.deepEqual([status().state, status().durable], ['stopped', 100]);
        }
        disk(undefined);
        await until('recording');
        assert.equal(await durable(full - 1), `durable ${full - 1}`);
        assert.equal(await write(10), full + 10);
        assert.equal(await durable(full + 9), `durable ${full + 9}`);
        writer.send('stop');
        await writer.succeeded();
        assert.deepEqual(
          recordedIn(folder).map(({ sequence }) => sequence),
          Array.from({ length: full + 10 }, (_, n) => n),
        );
      });

      it(`with EIO at ${what} (fsync = "${fsync}", on_failure = "continue") lets its producer go on, and knows what is missing`, async (t) => {
        const continuing = { ...persistence, onFailure: 'continue' } as const;
        const { writer, folder, status, health, disk, write, durable, until } = await failing(t, continuing);
        await write(100);
        assert.equal(await durable(99), 'durable 99');
        disk(letters);
        await write(20);
        await until('skipping');
        assert.deepEqual([status().error, status().durable], ['EIO', 100]);
        assert.match(await durable(100), /^refused 100 ERR_JOURNAL /);
        const finding = health().findings.find(({ code }) => code.startsWith('journal-'));
        assert.deepEqual([finding?.code, finding?.severity], ['journal-skipping', 'degraded']);
        // several times what the ring holds
        let written = 120;
        while (written < 5000) {
          written = await write(200);
          await later(2);
          assert.equal(status().durable, 100);
        }
        disk(undefined);
        await until('recording');
        const after = await write(100);
        assert.equal(await durable(after - 1), `durable ${after - 1}`);
        writer.send('stop');
        await writer.succeeded();
        const found = recordedIn(folder).map(({ sequence }) => sequence);
        assert.deepEqual(
          found.slice(0, 100),
          Array.from({ length: 100 }, (_, n) => n),
        );
        assert.deepEqual(
          found.slice(-100),
          Array.from({ length: 100 }, (_, n) => after - 100 + n),
        );
        assert.equal(found.length + status().gaps, after, 'what is missing is counted');
      });
    }
  }

  it('that writes half of what it is given each time is written all the same', async (t) => {
    const { writer, folder, status, disk, write, durable } = await failing(t, { fsync: 'always' });
    disk('h');
    await write(100);
    assert.equal(await durable(99), 'durable 99');
    assert.equal(status().failures, 0);
    writer.send('stop');
    await writer.succeeded();
    assert.equal(recordedIn(folder).length, 100);
  });

  it('at a sync, with a long fsync_interval_ms, is not called recording before a sync has succeeded', async (t) => {
    const { status, disk, write, durable, until } = await failing(t, { ...INTERVAL, fsyncIntervalMs: 1500 });
    await write(100);
    assert.equal(await durable(99), 'durable 99');
    disk('s');
    await write(20);
    await until('stopped');
    for (let n = 0; n < 200; n++, await later(8)) assert.equal(status().state, 'stopped', `look ${n}`);
    disk(undefined);
    await until('recording');
    assert.equal(await durable(119), 'durable 119');
  });

  for (const onFailure of ['stop', 'continue'] as const) {
    it(`and loses what was not on it yet (on_failure = "${onFailure}"): nothing of that is acknowledged that is not in the journal`, async (t) => {
      const { writer, folder, status, disk, write, durable, until } = await failing(t, { ...INTERVAL, onFailure });
      await write(100);
      assert.equal(await durable(99), 'durable 99');
      disk('l');
      await write(50);
      await until(onFailure === 'stop' ? 'stopped' : 'skipping');
      await write(50);
      await later(50);
      assert.equal(status().durable, 100);
      disk(undefined);
      await until('recording');
      const end = await write(10);
      assert.equal(await durable(end - 1), `durable ${end - 1}`);
      const answers = [await durable(120), await durable(170)];
      writer.send('stop');
      await writer.succeeded();
      const found = new Set(recordedIn(folder).map(({ sequence }) => sequence));
      for (const [index, sequence] of [120, 170].entries())
        assert.equal(answers[index]!.startsWith('durable'), found.has(sequence), answers[index]);
      assert.equal(found.size + status().gaps, end, 'what is missing is counted');
      assert.ok(found.has(99) && found.has(end - 1));
    });
  }
});
