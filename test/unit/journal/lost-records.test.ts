import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FILE_HEADER } from '#src/journal/format.js';
import { lostRecords } from '#src/journal/journal-error.js';
import { journalStatus } from '#src/journal/journal-status.js';
import { BusError } from '#src/platform/bus-error.js';
import { numbered } from '../../kit/temporary-channel.js';
import { FailingFiles, journalFolder, openWriter, readAll, systemFailure, upTo, write } from './kit.js';
import { drain, scene } from './recording-kit.js';

/** The journal files of a folder, in their order. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.journal'))
    .sort()
    .map((name) => join(folder, name));

/** As when pages were dropped that could not be written: what stands there from an offset on is gone. */
function lose(path: string, from: number): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, new Uint8Array(statSync(path).size - from), 0, undefined, from);
  closeSync(fd);
}

/** Has the next sync fail, and what was not on the disk yet be lost with it. */
function failOnce(failing: FailingFiles, losing: () => void): void {
  failing.before = (operation) => {
    if (operation !== 'sync') return;
    failing.before = (): void => undefined;
    losing();
    throw systemFailure('EIO', 5);
  };
}

describe('a journal whose disk has lost what it failed to write', () => {
  it('ends before that, says where, and goes on there', (t) => {
    const folder = journalFolder(t);
    const failing = new FailingFiles();
    const writer = openWriter(folder, {}, { files: failing.files });
    write(writer, 3, 2);
    writer.sync();
    const [path] = filesIn(folder);
    write(writer, 1, 2);
    const end = statSync(path!).size;
    write(writer, 2, 2);
    failOnce(failing, () => lose(path!, end));
    assert.throws(
      () => writer.sync(),
      (error) =>
        BusError.is(error, 'ERR_JOURNAL') && /lost what it failed to write, from record 8 on/.test(error.message),
    );
    assert.deepEqual([writer.next?.sequence, writer.durable?.sequence], [8, 6]);
    write(writer, 1, 2);
    writer.resume();
    assert.equal(writer.durable?.sequence, 10);
    writer.close();
    assert.deepEqual(readAll(folder).sequences, upTo(10));
  });

  it('has its header again when that was never on the disk', (t) => {
    const folder = journalFolder(t);
    const failing = new FailingFiles();
    const writer = openWriter(folder, {}, { files: failing.files });
    write(writer, 2);
    failOnce(failing, () => lose(filesIn(folder)[0]!, 0));
    assert.throws(() => writer.sync(), /from record 0 on/);
    assert.deepEqual([writer.next?.sequence, statSync(filesIn(folder)[0]!).size], [0, FILE_HEADER.bytes]);
    write(writer, 2);
    writer.close();
    assert.deepEqual(readAll(folder).sequences, upTo(2));
  });

  it('in a file that is finished leaves a gap, and says which records are in it', (t) => {
    const folder = journalFolder(t);
    const failing = new FailingFiles();
    let later: ((error: Error | null) => void) | undefined;
    const files = { ...failing.files, syncLater: (_fd: number, done: typeof later) => void (later = done) };
    const writer = openWriter(folder, { rollBytes: 1000 }, { files });
    while (filesIn(folder).length < 2) write(writer, 1);
    const end = writer.next!.sequence;
    later!(systemFailure('EIO', 5));
    lose(filesIn(folder)[0]!, FILE_HEADER.bytes);
    try {
      writer.sync();
      assert.fail('expected a refusal');
    } catch (error) {
      const lost = lostRecords(error);
      assert.deepEqual([lost?.from.sequence, lost?.upTo], [0, end - 1]);
    }
    writer.resume();
    assert.deepEqual([writer.next?.sequence, writer.durable?.sequence], [end, end]);
    writer.close();
    const { sequences, gaps } = readAll(folder);
    assert.deepEqual(sequences, [end - 1]);
    assert.deepEqual(
      gaps.map(({ sequence, lost }) => [sequence, lost]),
      [[0, end - 1]],
    );
  });

  it('is recorded again from what the ring has yet', async (t) => {
    const { channel, folder, recorder, clock, failing } = scene(t, { timeoutMs: 0 }, { fsync: 'always' });
    const look = channel.observer();
    const producer = channel.producer(true, 'writer', { durability: 'yes' });
    const one = recorder();
    let written = 0;
    const put = (count: number): void => {
      for (const end = written + count; written < end; written++) producer.write(numbered(written, 500));
    };
    put(10);
    drain(one);
    const [path] = filesIn(folder);
    failOnce(failing, () => lose(path!, statSync(path!).size - 100));
    put(10);
    drain(one);
    assert.deepEqual([journalStatus(look).state, journalStatus(look).durable], ['stopped', 10]);
    put(10);
    clock.nowNs += 500e6;
    drain(one);
    assert.deepEqual([journalStatus(look).state, journalStatus(look).gaps], ['recording', 0]);
    await producer.waitDurable(29);
    one.close();
    assert.deepEqual(readAll(folder).sequences, upTo(30));
  });
});
