import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checksum, FILE_HEADER, FORMAT_VERSION } from '#src/journal/format.js';
import { JournalWriter } from '#src/journal/journal-writer.js';
import { BusError } from '#src/platform/bus-error.js';
import { RecordKind } from '#src/layout/schema.js';
import {
  FailingFiles,
  IDENTITY,
  journalFolder,
  openWriter,
  payloadOf,
  readAll,
  records,
  settingsFor,
  systemFailure,
  timeOf,
  upTo,
  write,
} from './kit.js';

const journalFiles = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.journal'));

describe('a journal', () => {
  it('hands out what was appended, in order and byte for byte', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder);
    write(writer, 5, 7);
    writer.close();
    const { sequences, texts, lost } = readAll(folder);
    assert.deepEqual(sequences, upTo(35));
    assert.deepEqual(
      texts,
      upTo(35).map((sequence) => new TextDecoder().decode(payloadOf(sequence))),
    );
    assert.equal(lost, 0);
  });

  it('is gone on with where it ends', (t) => {
    const folder = journalFolder(t);
    for (let life = 0; life < 3; life++) {
      const writer = openWriter(folder);
      assert.equal(writer.next?.sequence ?? 0, life * 4);
      assert.equal(writer.recovery, undefined);
      write(writer, 2, 2);
      writer.close();
    }
    assert.deepEqual(readAll(folder).sequences, upTo(12));
    assert.equal(journalFiles(folder).length, 1);
  });

  it('has one writer at a time', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder);
    assert.throws(() => openWriter(folder), /another process writes this journal/);
    writer.close();
    openWriter(folder).close();
  });

  it('refuses what does not follow, and records gaps that are told', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder);
    write(writer, 1, 3);
    const range = { position: 6400, count: 1, firstNs: timeOf(10), lastNs: timeOf(10) };
    assert.throws(
      () => writer.append(records(10, 1), { ...range, sequence: 10 }),
      /cannot append sequence 10 .* expected sequence 3/,
    );
    writer.gap(7, { position: 6400, sequence: 10 });
    writer.append(records(10, 1), { ...range, sequence: 10 });
    writer.close();
    const { sequences, gaps, lost } = readAll(folder);
    assert.deepEqual(sequences, [0, 1, 2, 10]);
    assert.deepEqual(gaps, [{ sequence: 3, lost: 7, reason: 'overwritten' }]);
    assert.equal(lost, 7);
    assert.deepEqual(openWriter(folder).next, { position: 6464, sequence: 11 });
  });

  it('accounts for records that carry no message as a ring does', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder);
    const put = (sequence: number, kind: number): void =>
      writer.append(records(sequence, 1, 20, kind), {
        position: sequence * 64,
        sequence,
        count: 1,
        firstNs: 0n,
        lastNs: 0n,
      });
    put(0, RecordKind.DATA);
    put(1, RecordKind.ABORTED);
    put(2, RecordKind.REPAIRED);
    put(3, RecordKind.STAMPED);
    writer.close();
    assert.deepEqual(readAll(folder), {
      sequences: [0, 3],
      texts: [0, 3].map((sequence) => new TextDecoder().decode(payloadOf(sequence))),
      gaps: [{ sequence: 2, lost: 1, reason: 'died' }],
      lost: 1,
    });
  });

  it('of another channel, or of another version, is refused', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder);
    write(writer, 1);
    writer.close();
    const other = { ...IDENTITY, channel: 'orders' };
    assert.throws(() => JournalWriter.open(settingsFor(folder), other), /of channel trades, not of orders/);
    const path = join(folder, journalFiles(folder)[0]!);
    const bytes = readFileSync(path);
    bytes.writeUInt32LE(FORMAT_VERSION + 1, FILE_HEADER.at.formatVersion);
    bytes.writeUInt32LE(checksum(bytes, 0, FILE_HEADER.at.crc), FILE_HEADER.at.crc);
    writeFileSync(path, bytes);
    for (const open of [() => openWriter(folder), () => readAll(folder)])
      assert.throws(
        open,
        (error) => BusError.is(error, 'ERR_JOURNAL') && /format version 2, expected 1/.test(error.message),
      );
  });

  it('keeps the lives of a channel apart', (t) => {
    const folder = journalFolder(t);
    const first = openWriter(folder);
    write(first, 3);
    first.close();
    const later = { ...IDENTITY, lifeNs: IDENTITY.lifeNs + 1n };
    const second = JournalWriter.open(settingsFor(folder), later);
    assert.equal(second.next, undefined);
    write(second, 2);
    second.close();
    assert.deepEqual(readAll(folder).sequences, [0, 1]);
    assert.deepEqual(readAll(folder, undefined, { lifeNs: IDENTITY.lifeNs }).sequences, [0, 1, 2]);
  });
});

describe('a journal that was cut', () => {
  it('at any byte of its last two batches keeps every whole batch, says what it cut, and goes on', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder);
    write(writer, 4, 2);
    writer.close();
    const name = journalFiles(folder)[0]!;
    const size = readFileSync(join(folder, name)).length;
    const batch = 64 + 2 * 64;
    for (let cut = 0; cut <= 2 * batch; cut++) {
      const copy = `${folder}-${cut}`;
      mkdirSync(copy, { mode: 0o700 });
      copyFileSync(join(folder, name), join(copy, name));
      truncateSync(join(copy, name), size - cut);
      const whole = 4 - Math.ceil(cut / batch);
      assert.deepEqual(readAll(copy).sequences, upTo(2 * whole), `read after ${cut} bytes were cut`);
      const again = openWriter(copy);
      const torn = cut % batch === 0 ? undefined : batch - (cut % batch);
      assert.equal(again.recovery?.truncatedBytes, torn);
      write(again, 1, 2);
      again.close();
      assert.deepEqual(readAll(copy).sequences, upTo(2 * whole + 2), `written after ${cut} bytes were cut`);
    }
  });

  it('while its file was begun begins it again', (t) => {
    for (let size = 0; size < 256; size += 51) {
      const folder = `${journalFolder(t)}-${size}`;
      const writer = openWriter(folder);
      write(writer, 1);
      writer.close();
      const path = join(folder, journalFiles(folder)[0]!);
      truncateSync(path, size);
      const again = openWriter(folder);
      assert.equal(again.recovery?.truncatedBytes, size);
      write(again, 1);
      again.close();
      assert.deepEqual(readAll(folder).sequences, [0]);
    }
  });
});

describe('a journal with a flipped bit', () => {
  it('anywhere in a batch loses that batch, counts it, and hands out all others', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder);
    write(writer, 5, 2);
    writer.close();
    const path = join(folder, journalFiles(folder)[0]!);
    const sound = readFileSync(path);
    const batch = 64 + 2 * 64;
    for (let bit = 0; bit < batch * 8; bit += 5) {
      const bytes = Buffer.from(sound);
      const at = 256 + 2 * batch + (bit >> 3);
      bytes[at]! ^= 1 << (bit & 7);
      writeFileSync(path, bytes);
      const damages: string[] = [];
      const read = readAll(folder, undefined, { onDamage: ({ what, offset }) => damages.push(`${what} at ${offset}`) });
      assert.deepEqual(read.sequences, [0, 1, 2, 3, 6, 7, 8, 9], `bit ${bit}`);
      assert.deepEqual(read.gaps, [{ sequence: 4, lost: 2, reason: 'not-recorded' }], `bit ${bit}`);
      assert.deepEqual(damages, [`${bit < 512 ? 'header' : 'records'} at ${256 + 2 * batch}`], `bit ${bit}`);
    }
  });

  it('in the middle is left as it is by the next writer, which goes on behind the end', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder);
    write(writer, 3);
    writer.close();
    const path = join(folder, journalFiles(folder)[0]!);
    const bytes = readFileSync(path);
    bytes[256 + 70]! ^= 1;
    writeFileSync(path, bytes);
    const again = openWriter(folder);
    assert.deepEqual([again.next?.sequence, again.recovery?.truncatedBytes, again.recovery?.damages.length], [3, 0, 1]);
    write(again, 1);
    again.close();
    assert.deepEqual(readAll(folder).sequences, [1, 2, 3]);
  });
});

describe('a journal whose disk fails', () => {
  it('is what it was before, and goes on when there is space again', (t) => {
    const folder = journalFolder(t);
    const failing = new FailingFiles();
    const writer = openWriter(folder, {}, { files: failing.files });
    write(writer, 2);
    for (const bytes of [0, 1, 63, 64, 65, 127]) {
      failing.shortWrite = bytes;
      assert.throws(
        () => write(writer, 1),
        (error) =>
          BusError.is(error, 'ERR_JOURNAL') && /cannot write .* ENOSPC.*; free space there/.test(error.message),
      );
      failing.shortWrite = undefined;
      assert.deepEqual(readAll(folder).sequences, upTo(writer.next!.sequence));
      write(writer, 1);
    }
    writer.close();
    assert.deepEqual(readAll(folder).sequences, upTo(8));
  });

  it('claims nothing as durable whose sync failed, and writes it anew before it does', (t) => {
    const folder = journalFolder(t);
    const failing = new FailingFiles();
    const writer = openWriter(folder, {}, { files: failing.files });
    write(writer, 3);
    writer.sync();
    assert.equal(writer.durable?.sequence, 3);
    write(writer, 2);
    const done: string[] = [];
    failing.before = (operation) => {
      done.push(operation);
      if (operation === 'sync') throw systemFailure('EIO', 5);
    };
    assert.throws(() => writer.sync(), /cannot have on the disk .* EIO/);
    assert.equal(writer.durable?.sequence, 3);
    failing.before = (operation) => {
      if (operation === 'write' || operation === 'sync') done.push(operation);
    };
    done.length = 0;
    writer.sync();
    // the header of the file, and two batches
    assert.deepEqual(
      done,
      ['write', 'write', 'write', 'sync'],
      'what the first try may have left is written anew first',
    );
    assert.equal(writer.durable?.sequence, 5);
    failing.before = () => undefined;
    writer.close();
    assert.deepEqual(readAll(folder).sequences, upTo(5));
  });

  it('leaves no half of a file that could not be begun', (t) => {
    const folder = journalFolder(t);
    const failing = new FailingFiles();
    const writer = openWriter(folder, { rollBytes: 300 }, { files: failing.files });
    write(writer, 1);
    let creates = 0;
    failing.before = (operation) => {
      if (operation === 'create' && ++creates === 2) throw systemFailure('ENOSPC', 28);
    };
    assert.throws(() => write(writer, 1), /cannot begin a file of the journal/);
    assert.equal(journalFiles(folder).length, 1);
    failing.before = () => undefined;
    write(writer, 1);
    writer.close();
    assert.deepEqual(readAll(folder).sequences, [0, 1]);
    assert.equal(journalFiles(folder).length, 2);
  });
});
