import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { journalStatus } from '#src/journal/journal-status.js';
import { journalFilesIn } from '#src/journal/format.js';
import { JournalWriter } from '#src/journal/journal-writer.js';
import { Recorder } from '#src/journal/recorder.js';
import { inspectEndpoints } from '#src/liveness/inspect.js';
import { noteSights } from '#src/liveness/sights.js';
import { systemClock } from '#src/platform/clock.js';
import { numbered } from '../../kit/temporary-channel.js';
import { IDENTITY, readAll, settingsFor, systemFailure, upTo, write as append } from './kit.js';
import { drain, scene } from './recording-kit.js';

describe('a recorder', () => {
  it('that cannot write stops the producers behind it, and goes on when it can', (t) => {
    const { channel, folder, recorder, clock, failing } = scene(t, { timeoutMs: 0 });
    const look = channel.observer();
    const producer = channel.producer();
    const one = recorder();
    failing.before = (operation) => {
      if (operation === 'write') throw systemFailure('ENOSPC', 28);
    };
    let written = 0;
    while (producer.tryWrite(numbered(written, 500)) >= 0) {
      written++;
      drain(one);
    }
    assert.ok(written < 200, 'a ring full at most');
    const stopped = journalStatus(look);
    assert.deepEqual([stopped.state, stopped.error, stopped.written], ['stopped', 'ENOSPC', 0]);
    failing.before = () => undefined;
    drain(one);
    assert.equal(journalStatus(look).state, 'stopped', 'it does not try at every turn');
    clock.nowNs += 500e6;
    drain(one);
    assert.deepEqual([journalStatus(look).state, journalStatus(look).error], ['recording', undefined]);
    assert.ok(producer.tryWrite(numbered(written++, 500)) >= 0);
    drain(one);
    one.close();
    assert.deepEqual(readAll(folder).sequences, upTo(written));
  });

  it('that cannot write for long is stalled, and not taken for one whose thread does not turn', (t) => {
    const { channel, recorder, clock, failing } = scene(t, { timeoutMs: 0 });
    const look = channel.observer();
    clock.nowNs = systemClock().monotonicNs();
    const one = recorder();
    failing.before = (operation) => {
      if (operation === 'write') throw systemFailure('ENOSPC', 28);
    };
    channel.producer().write(numbered(0));
    for (let turn = 0; turn < 40; turn++) {
      clock.nowNs += 250e6;
      drain(one);
      noteSights(look, clock.nowNs);
    }
    const [, found] = inspectEndpoints(look, clock.nowNs);
    assert.deepEqual([found?.name, found?.state, found?.loopLagMs], ['.journal', 'stalled', 0]);
    one.close();
  });

  it('that is to sync each batch goes on after a sync that failed, with what came meanwhile', (t) => {
    const { channel, folder, recorder, clock, failing } = scene(t, { timeoutMs: 0 }, { fsync: 'always' });
    const look = channel.observer();
    const producer = channel.producer();
    const one = recorder();
    let written = 0;
    for (const meanwhile of [0, 1, 7]) {
      failing.before = (operation) => {
        if (operation === 'sync') throw systemFailure('EIO', 5);
      };
      const durable = written;
      for (let n = 0; n < 3; n++) producer.write(numbered(written++, 100));
      drain(one);
      assert.deepEqual([journalStatus(look).state, journalStatus(look).durable], ['stopped', durable]);
      for (let n = 0; n < meanwhile; n++) producer.write(numbered(written++, 100));
      failing.before = () => undefined;
      clock.nowNs += 500e6;
      drain(one);
      assert.deepEqual([journalStatus(look).state, journalStatus(look).durable], ['recording', written]);
    }
    one.close();
    assert.deepEqual(readAll(folder), { ...readAll(folder), sequences: upTo(written), lost: 0 });
  });

  it('that is to continue lets producers go on, and notes exactly what is missing', async (t) => {
    const settings = { onFailure: 'continue', fsync: 'always' } as const;
    const { channel, folder, recorder, clock, failing } = scene(t, { timeoutMs: 0 }, settings);
    const look = channel.observer();
    const producer = channel.producer(true, 'writer', { durability: 'yes' });
    const one = recorder();
    let written = 0;
    const write = (count: number): void => {
      for (let n = 0; n < count; n++) {
        assert.equal(producer.tryWrite(numbered(written, 500)), written);
        written++;
        drain(one);
      }
    };
    write(10);
    failing.before = (operation) => {
      if (operation === 'write') throw systemFailure('EIO', 5);
    };
    write(1000);
    assert.deepEqual([journalStatus(look).state, journalStatus(look).error], ['skipping', 'EIO']);
    failing.before = () => undefined;
    clock.nowNs += 500e6;
    write(10);
    assert.deepEqual([journalStatus(look).state, journalStatus(look).gaps], ['recording', 1000]);
    one.close();
    await assert.rejects(
      producer.waitDurable(500),
      /record 500 is not known to be in the journal: it has skipped records/,
    );
    await producer.waitDurable(1015);
    const { sequences, gaps } = readAll(folder);
    assert.deepEqual(sequences, [...upTo(10), ...upTo(1020, 1010)]);
    assert.deepEqual(gaps, [{ sequence: 10, lost: 1000, reason: 'overwritten' }]);
  });

  it('that can write nothing from the beginning on counts what is missing before the first file, also of one before it', (t) => {
    const { channel, folder, recorder, clock, failing } = scene(t, { timeoutMs: 0 }, { onFailure: 'continue' });
    const look = channel.observer();
    const producer = channel.producer();
    let written = 0;
    const write = (one: ReturnType<typeof recorder>, count: number): void => {
      for (let n = 0; n < count; n++) {
        assert.equal(producer.tryWrite(numbered(written, 500)), written);
        written++;
        drain(one);
      }
    };
    failing.before = (operation) => {
      if (operation === 'create') throw systemFailure('ENOSPC', 28);
    };
    const dead = recorder();
    write(dead, 300);
    dead.close();
    const one = recorder();
    write(one, 200);
    failing.before = () => undefined;
    clock.nowNs += 500e6;
    write(one, 10);
    assert.deepEqual([journalStatus(look).state, journalStatus(look).gaps], ['recording', 500]);
    one.close();
    const { sequences, gaps } = readAll(folder);
    assert.deepEqual(sequences, upTo(510, 500));
    assert.deepEqual(gaps, [{ sequence: 0, lost: 500, reason: 'overwritten' }]);
  });

  it('on a full disk makes room with what retention has let go of since, also of a life before', (t) => {
    const settings = { retentionMs: 3_600_000, rollBytes: 2048 };
    const { channel, folder, clock, failing } = scene(t, { timeoutMs: 0 }, settings);
    const wall = { nowMs: () => 1.8e12 + clock.nowNs / 1e6 };
    const before = JournalWriter.open(settingsFor(folder, settings), { ...IDENTITY, channel: 'test' }, { clock: wall });
    append(before, 10, 4);
    before.close();
    const options = { clock, wallClock: wall, files: failing.files };
    const one = new Recorder(channel.segment(false), settingsFor(folder, settings), options);
    const oldest = (): string => journalFilesIn(readdirSync(folder))[0]!.name;
    const first = oldest();
    let isFull = true;
    failing.before = (operation) => {
      if (operation === 'remove') isFull = false;
      if (isFull && (operation === 'write' || operation === 'create')) throw systemFailure('ENOSPC', 28);
    };
    channel.producer().write(numbered(0));
    drain(one);
    clock.nowNs += 500e6;
    drain(one);
    assert.deepEqual([journalStatus(channel.observer()).state, oldest()], ['stopped', first]);
    clock.nowNs += 2 * 3_600e9;
    drain(one);
    assert.equal(journalStatus(channel.observer()).state, 'recording');
    assert.notEqual(oldest(), first);
    one.close();
  });

  it('takes an error without a code for a failure like any other', (t) => {
    for (const onFailure of ['stop', 'continue'] as const) {
      const { channel, folder, recorder, clock, failing } = scene(t, { timeoutMs: 0 }, { onFailure });
      const look = channel.observer();
      const producer = channel.producer();
      const one = recorder();
      producer.write(numbered(0));
      drain(one);
      failing.before = (operation) => {
        if (operation === 'write') throw new TypeError('it was told to fail, and not how');
      };
      producer.write(numbered(1));
      drain(one);
      const { state, error, failures } = journalStatus(look);
      const expected = onFailure === 'stop' ? 'stopped' : 'skipping';
      assert.deepEqual([state, error, failures], [expected, 'ERR_JOURNAL', 1]);
      assert.match(one.error!.message, /channel test: cannot record: it was told to fail, and not how/);
      failing.before = () => undefined;
      clock.nowNs += 500e6;
      producer.write(numbered(2));
      drain(one);
      assert.equal(journalStatus(look).state, 'recording');
      one.close();
      assert.deepEqual(readAll(folder).sequences, onFailure === 'stop' ? [0, 1, 2] : [0, 2]);
    }
  });
});
