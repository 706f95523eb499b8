import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { journalStatus } from '#src/journal/journal-status.js';
import { verifyJournal } from '#src/journal/verify.js';
import { BusError } from '#src/platform/bus-error.js';
import { numbered } from '../../kit/temporary-channel.js';
import { FailingFiles, journalFolder, openWriter, readAll, systemFailure, upTo, write } from './kit.js';
import { drain, scene } from './recording-kit.js';

const fileIn = (folder: string): string =>
  join(
    folder,
    readdirSync(folder).findLast((name) => name.endsWith('.journal'))!,
  );

/** The ways in which what is written can come to stand nowhere, and whether its folder is there afterwards. */
const WAYS: Readonly<Record<string, (folder: string) => void>> = {
  'its file is removed': (folder) => rmSync(fileIn(folder)),
  'its file is replaced by a copy': (folder) => {
    const file = fileIn(folder);
    copyFileSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
  },
  'its folder is emptied': (folder) => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
  },
  'its folder is replaced by an empty one': (folder) => {
    renameSync(folder, `${folder}-away`);
    mkdirSync(folder, { mode: 0o700 });
  },
};

describe('a journal of which, while it is written,', () => {
  for (const [what, displace] of Object.entries(WAYS)) {
    it(`${what}, fails at the next sync, and then holds again what its last file held`, (t) => {
      const folder = journalFolder(t);
      const writer = openWriter(folder);
      write(writer, 5);
      writer.sync();
      write(writer, 3);
      displace(folder);
      assert.throws(
        () => writer.sync(),
        (error) => BusError.is(error, 'ERR_JOURNAL') && /removed or replaced while it was written/.test(error.message),
      );
      assert.equal(writer.durable?.sequence, 5, 'nothing more is claimed');
      writer.sync();
      assert.equal(writer.durable?.sequence, 8);
      assert.equal(existsSync(writer.file!), true);
      write(writer, 2);
      writer.close();
      assert.deepEqual(readAll(folder), { ...readAll(folder), sequences: upTo(10), lost: 0 });
      assert.equal(
        [...verifyJournal(folder)].every(({ missing, damages }) => missing + damages.length === 0),
        true,
      );
      const again = openWriter(folder);
      assert.equal(again.next?.sequence, 10);
      again.close();
    });
  }

  it('its folder is removed, makes it anew when it is to continue, and waits for it when it is to stop', (t) => {
    for (const onFailure of ['continue', 'stop'] as const) {
      const folder = journalFolder(t);
      const writer = openWriter(folder, { onFailure });
      write(writer, 3);
      rmSync(folder, { recursive: true });
      assert.throws(() => writer.sync(), /removed or replaced/);
      if (onFailure === 'stop') {
        for (let round = 0; round < 3; round++)
          assert.throws(() => write(writer, 1), /the folder .* was removed .*: put it back, or make it anew/);
        assert.equal(existsSync(folder), false);
        mkdirSync(folder, { mode: 0o700 });
      }
      write(writer, 1);
      writer.close();
      assert.deepEqual(readAll(folder).sequences, upTo(4), onFailure);
    }
  });

  it('its folder is removed, does not lose what it holds when it is closed', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder, { onFailure: 'stop' });
    write(writer, 3);
    rmSync(folder, { recursive: true });
    writer.close();
    assert.deepEqual(readAll(folder).sequences, upTo(3));
  });

  it('its folder is replaced when the next file is due, does not begin that before it has saved this one', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder, { rollBytes: 256 + 2 * 128 });
    write(writer, 2);
    WAYS['its folder is replaced by an empty one']!(folder);
    assert.throws(() => write(writer, 1), /removed or replaced/);
    write(writer, 1);
    writer.close();
    assert.deepEqual(readAll(folder).sequences, [0, 1, 2]);
  });

  it('its folder is replaced, goes on though the disk fails on the way', (t) => {
    const folder = journalFolder(t);
    const failing = new FailingFiles();
    const writer = openWriter(folder, { rollBytes: 700 }, { files: failing.files });
    write(writer, 12);
    const held = readAll(folder).sequences.filter((sequence) => sequence >= 9);
    WAYS['its folder is replaced by an empty one']!(folder);
    assert.throws(() => writer.checkPlace(), /removed or replaced/);
    for (const allowed of [0, 1, 1, 1]) {
      let writes = 0;
      failing.before = (operation) => {
        if (operation === 'write' && writes++ >= allowed) throw systemFailure('ENOSPC', 28);
      };
      assert.throws(() => writer.settle(), /ENOSPC/);
    }
    failing.before = () => undefined;
    writer.settle();
    write(writer, 2);
    writer.close();
    assert.deepEqual(readAll(folder).sequences, [...held, 12, 13]);
  });
});

describe('a recorder whose folder is removed', () => {
  for (const fsync of ['never', 'interval', 'always'] as const) {
    it(`and that is to stop (fsync ${fsync}), stops until it is there again, and nothing is missing`, (t) => {
      const { channel, folder, recorder, clock } = scene(t, { timeoutMs: 0 }, { fsync });
      const look = channel.observer();
      const producer = channel.producer();
      const one = recorder();
      for (let n = 0; n < 10; n++) producer.write(numbered(n));
      drain(one);
      rmSync(folder, { recursive: true });
      clock.nowNs += 500e6;
      let written = 10;
      producer.write(numbered(written++));
      drain(one);
      assert.deepEqual([journalStatus(look).state, journalStatus(look).error], ['stopped', 'ENOENT']);
      while (producer.tryWrite(numbered(written, 500)) >= 0) written++;
      clock.nowNs += 500e6;
      drain(one);
      assert.equal(journalStatus(look).state, 'stopped');
      assert.match(one.error!.message, /make it anew \(mkdir -m 700\)/);
      mkdirSync(folder, { mode: 0o700 });
      clock.nowNs += 500e6;
      drain(one);
      assert.equal(journalStatus(look).state, 'recording');
      one.close();
      assert.deepEqual(readAll(folder), { ...readAll(folder), sequences: upTo(written), lost: 0 });
    });
  }

  it('and that is to continue makes it anew by itself, and notes what passed meanwhile', (t) => {
    const { channel, folder, recorder, clock } = scene(t, { timeoutMs: 0 }, { onFailure: 'continue' });
    const look = channel.observer();
    const producer = channel.producer();
    const one = recorder();
    for (let n = 0; n < 10; n++) producer.write(numbered(n));
    drain(one);
    rmSync(folder, { recursive: true });
    clock.nowNs += 500e6;
    drain(one);
    assert.deepEqual([journalStatus(look).state, journalStatus(look).error], ['skipping', 'ENOENT']);
    for (let n = 10; n < 500; n++) {
      producer.write(numbered(n, 500));
      drain(one);
    }
    clock.nowNs += 500e6;
    producer.write(numbered(500));
    drain(one);
    assert.deepEqual([journalStatus(look).state, journalStatus(look).gaps], ['recording', 490]);
    one.close();
    const { sequences, gaps } = readAll(folder);
    assert.deepEqual(sequences, [...upTo(10), 500]);
    assert.deepEqual(gaps, [{ sequence: 10, lost: 490, reason: 'overwritten' }]);
  });
});
