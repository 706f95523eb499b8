import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { encodeBatchHeader, type Batch } from '#src/journal/batch-header.js';
import { BATCH_HEADER, BatchKind, checksum, FILE_HEADER } from '#src/journal/format.js';
import { JournalReader } from '#src/journal/journal-reader.js';
import { describeRecovery } from '#src/journal/journal-recovery.js';
import { JournalWriter } from '#src/journal/journal-writer.js';
import { verifyJournal } from '#src/journal/verify.js';
import { RECORD } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { IDENTITY, journalFolder, openWriter, readAll, records, settingsFor, upTo, write } from './kit.js';

const journalFiles = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.journal'));
const RECORD_BYTES = 64;
const BATCH = BATCH_HEADER.bytes + RECORD_BYTES;
/** A file's bytes with two batches of one record. */
const TWO = FILE_HEADER.bytes + 2 * BATCH;

/** A journal of `batches` batches of one record, and its only file. */
function journal(t: TestContext, batches: number): { folder: string; path: string } {
  const folder = journalFolder(t);
  const writer = openWriter(folder);
  write(writer, batches);
  writer.close();
  return { folder, path: join(folder, journalFiles(folder)[0]!) };
}

/** Puts a batch with right checksums in the place of the one at an offset. */
function forge(path: string, offset: number, said: Partial<Batch>, payload: Uint8Array = records(0, 1)): void {
  const bytes = readFileSync(path);
  const header = bytes.subarray(offset, offset + BATCH_HEADER.bytes);
  const payloadCrc = checksum(payload, 0, payload.length);
  const sound = { kind: BatchKind.RECORDS, bytes: payload.length, sequence: 0, count: 1, position: 0 };
  const batch = { ...sound, firstNs: 0n, lastNs: 0n, payloadCrc, ...said };
  encodeBatchHeader(batch, new DataView(header.buffer, header.byteOffset, header.length), header);
  bytes.set(payload, offset + header.length);
  writeFileSync(path, bytes);
}

/** All that a reader hands out, or an error if it goes on for longer than anything is there. */
function readBounded(folder: string): number[] {
  const reader = JournalReader.open(folder);
  const seen: number[] = [];
  try {
    while (reader.poll(({ sequence }) => seen.push(sequence)) > 0) assert.ok(seen.length < 1000, 'it goes round');
  } finally {
    reader.close();
  }
  return seen;
}

describe('a forged journal', () => {
  const second = FILE_HEADER.bytes + BATCH;

  it('with any numbers in a batch is read without that batch, and verified as damaged', (t) => {
    const { folder, path } = journal(t, 3);
    const sound = readFileSync(path);
    const numbers = fc.oneof(fc.double(), fc.constantFrom(-1, 0, 1, NaN, Infinity, 2 ** 53, Number.MAX_SAFE_INTEGER));
    const said = fc.record({
      kind: fc.constantFrom(0, 1, 3, 2 ** 32 - 1),
      bytes: fc.constantFrom(0, 63, 128, 2 ** 20, 2 ** 31, 2 ** 32 - 64),
      sequence: numbers,
      count: numbers,
      position: numbers,
    });
    fc.assert(
      fc.property(said, (forged) => {
        writeFileSync(path, sound);
        forge(path, second, forged);
        assert.deepEqual(readBounded(folder), [0, 2]);
        const [verified] = [...verifyJournal(folder)];
        assert.deepEqual([verified!.damages.length, verified!.missing], [1, 1]);
      }),
      // a length that leads into the next batch, with all else as it should be
      { numRuns: 200, examples: [[{ kind: 1, bytes: 128, sequence: 1, count: 1, position: 64 }]] },
    );
  });

  it('with any length in a record loses its batch, and counts it', (t) => {
    const { folder, path } = journal(t, 3);
    for (const length of [-1, -(2 ** 31), 0, 25, 1000, 2 ** 31 - 1, 2 ** 31 - 64]) {
      const payload = records(1, 1);
      new DataView(payload.buffer).setInt32(RECORD.at.length, length, true);
      forge(path, second, { sequence: 1, position: 64 }, payload);
      const { sequences, lost } = readAll(folder);
      assert.deepEqual([sequences, lost], [[0, 2], 1], `length ${length}`);
      assert.equal([...verifyJournal(folder)][0]!.damages.length, 1, `length ${length}`);
    }
  });

  it('whose headers all reach beyond its end is gone over without a deep stack', (t) => {
    const { folder, path } = journal(t, 1);
    const headers = Buffer.alloc(20_000 * BATCH);
    const header = new Uint8Array(BATCH_HEADER.bytes);
    const said = {
      kind: BatchKind.RECORDS,
      sequence: 1,
      count: 1,
      position: 64,
      firstNs: 0n,
      lastNs: 0n,
      payloadCrc: 1,
    };
    for (let pair = 0; pair < 10_000; pair++) {
      for (const [index, bytes] of [2 ** 26, RECORD_BYTES].entries()) {
        encodeBatchHeader({ ...said, bytes }, new DataView(header.buffer), header);
        headers.set(header, pair * 2 * BATCH + index * BATCH);
      }
    }
    writeFileSync(path, Buffer.concat([readFileSync(path), headers]));
    assert.deepEqual(readBounded(folder), [0]);
  });

  it('whose sequences go back does not lead a reader round in a circle', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder, { rollBytes: TWO });
    write(writer, 6);
    writer.close();
    const middle = join(folder, journalFiles(folder)[1]!);
    for (const offset of [FILE_HEADER.bytes, second]) forge(middle, offset, { sequence: 0 });
    assert.deepEqual(readBounded(folder).slice(-2), [4, 5]);
  });

  it('with bytes written over it anywhere is read to its end, in ascending order', (t) => {
    const { folder, path } = journal(t, 20);
    const sound = readFileSync(path);
    const change = fc.record({ at: fc.nat(sound.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const bytes = Buffer.from(sound);
        for (const { at, bytes: over } of changes) bytes.set(over.subarray(0, bytes.length - at), Math.max(256, at));
        writeFileSync(path, bytes.subarray(0, sound.length));
        const { sequences, lost } = readAll(folder);
        for (const [index, sequence] of sequences.entries()) assert.ok(index === 0 || sequence > sequences[index - 1]!);
        const end = (sequences.at(-1) ?? -1) + 1;
        assert.ok(sequences.length + lost >= end, `${sequences.length} read and ${lost} lost of ${end}`);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a damaged file of a journal', () => {
  it('does not hide the others, though its header is damaged', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder, { rollBytes: TWO });
    write(writer, 6);
    writer.close();
    const first = join(folder, journalFiles(folder)[0]!);
    const bytes = readFileSync(first);
    bytes[40]! ^= 1;
    writeFileSync(first, bytes);
    assert.deepEqual(readAll(folder).sequences, upTo(6));
    const [verified] = [...verifyJournal(folder)];
    assert.deepEqual(
      verified!.damages.map(({ offset, what }) => [offset, what]),
      [[0, 'header']],
    );
  });

  it('or a link in its place does not keep retention from the others', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder, { rollBytes: TWO });
    write(writer, 6);
    writer.close();
    const names = journalFiles(folder);
    const bytes = readFileSync(join(folder, names[1]!));
    bytes[40]! ^= 1;
    writeFileSync(join(folder, names[1]!), bytes);
    symlinkSync('/dev/zero', join(folder, `${names[0]!.slice(0, 20)}-${'1'.padStart(20, '0')}.journal`));
    const again = openWriter(folder, { rollBytes: TWO, retentionBytes: TWO });
    write(again, 2);
    again.close();
    assert.equal(journalFiles(folder).length, 1);
    assert.deepEqual(readAll(folder).sequences, [6, 7]);
  });
});

describe('a journal whose only file has a damaged header', () => {
  const damage = (path: string): Buffer => {
    const bytes = readFileSync(path);
    bytes[40]! ^= 1;
    writeFileSync(path, bytes);
    return bytes;
  };

  it('is refused by readers, which say what to do, and verified as damaged, batch by batch', (t) => {
    const { folder, path } = journal(t, 3);
    damage(path);
    assert.throws(
      () => JournalReader.open(folder),
      (error) =>
        BusError.is(error, 'ERR_JOURNAL') &&
        /damaged or foreign header.*apbus verify.*next recorder/.test(error.message),
    );
    const [verified] = [...verifyJournal(folder)];
    assert.deepEqual(
      [verified!.records, verified!.damages.map(({ offset, what }) => [offset, what])],
      [3, [[0, 'header']]],
    );
  });

  it('is gone on with in a file behind it, and then read as a whole; not one of its bytes is changed', (t) => {
    const { folder, path } = journal(t, 3);
    const damaged = damage(path);
    const writer = openWriter(folder);
    assert.deepEqual([writer.next?.sequence, writer.durable?.sequence], [3, 3]);
    assert.match(describeRecovery(writer.recovery!), /256 bytes at 0 are damaged \(header\), and left/);
    write(writer, 2);
    writer.close();
    assert.deepEqual(readAll(folder), { ...readAll(folder), sequences: upTo(5), lost: 0 });
    assert.deepEqual(readFileSync(path), damaged);
    const again = openWriter(folder);
    assert.equal(again.recovery, undefined);
    write(again, 1);
    again.close();
    assert.deepEqual(readAll(folder).sequences, upTo(6));
  });

  it('and not one whole batch is set aside under another name, told, and kept', (t) => {
    const { folder, path } = journal(t, 3);
    for (let round = 1; round <= 2; round++) {
      const rubbish = Buffer.alloc(5000, round);
      writeFileSync(path, rubbish);
      const writer = openWriter(folder);
      assert.equal(writer.next, undefined);
      const aside = `${path}.damaged${round === 1 ? '' : '-2'}`;
      assert.equal(writer.recovery?.setAside, aside);
      assert.match(describeRecovery(writer.recovery), /nothing in it is whole: it is .*\.damaged/);
      assert.deepEqual(readFileSync(aside), rubbish);
      write(writer, 2);
      writer.close();
      assert.deepEqual(readAll(folder).sequences, [0, 1]);
    }
    assert.deepEqual(readFileSync(`${path}.damaged`), Buffer.alloc(5000, 1), 'nothing is written over what was kept');
  });
});

describe('a reader at the end of a journal', () => {
  it('reads what was written in the place of a batch that it saw torn', (t) => {
    const { folder, path } = journal(t, 1);
    const whole = readFileSync(path).length;
    const writer = openWriter(folder);
    write(writer, 1, 9);
    writer.close();
    truncateSync(path, whole + BATCH_HEADER.bytes + 3 * RECORD_BYTES);
    const damages: number[] = [];
    const reader = JournalReader.open(folder, { onDamage: ({ offset }) => damages.push(offset) });
    const seen: number[] = [];
    const take = (): void => {
      while (reader.poll(({ sequence }) => seen.push(sequence)) > 0);
    };
    take();
    const again = openWriter(folder);
    write(again, 4, 1);
    take();
    write(again, 6, 1);
    again.close();
    take();
    reader.close();
    assert.deepEqual([seen, damages], [upTo(11), []]);
  });
});

describe('a clock that was set back', () => {
  const identityOf = (lifeNs: bigint): typeof IDENTITY => ({ ...IDENTITY, lifeNs });
  const { lifeNs } = IDENTITY;

  it('between two lives of a channel does not have readers take the earlier one for the last', (t) => {
    const folder = journalFolder(t);
    for (const [index, at] of [lifeNs, lifeNs - 5n, lifeNs - 2n, lifeNs - 9n].entries()) {
      const writer = JournalWriter.open(settingsFor(folder), identityOf(at));
      write(writer, index + 1);
      writer.close();
      const reader = JournalReader.open(folder);
      assert.deepEqual([reader.header.lifeNs, readAll(folder).sequences], [at, upTo(index + 1)]);
      reader.close();
    }
    // also when it is gone on with
    const again = JournalWriter.open(settingsFor(folder, { rollBytes: 300 }), identityOf(lifeNs - 9n));
    write(again, 1);
    again.close();
    assert.equal(JournalReader.open(folder).header.lifeNs, lifeNs - 9n);
  });

  it('does not have retention remove the files of the last life before those of earlier ones', (t) => {
    const folder = journalFolder(t);
    const settings = settingsFor(folder, { rollBytes: TWO, retentionBytes: 4 * TWO });
    for (const at of [lifeNs, lifeNs - 5n]) {
      const writer = JournalWriter.open(settings, identityOf(at));
      write(writer, 6);
      writer.close();
    }
    assert.deepEqual(readAll(folder, undefined, { lifeNs: lifeNs - 5n }).sequences, upTo(6));
    assert.deepEqual(readAll(folder, undefined, { lifeNs }).sequences, [4, 5]);
  });

  it('between two lives of a channel does not keep the later one from being gone on with, or remove its files', (t) => {
    const { folder } = journal(t, 2);
    const copy = `${folder}-later`;
    mkdirSync(copy, { mode: 0o700 });
    for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(copy, name));
    const earlier = { ...IDENTITY, lifeNs: IDENTITY.lifeNs - 1n };
    const settings = settingsFor(copy, { rollBytes: TWO, retentionBytes: 1 });
    for (let life = 0; life < 3; life++) {
      const writer = JournalWriter.open(settings, earlier);
      assert.equal(writer.next?.sequence ?? 0, 2 * life);
      write(writer, 2);
      writer.close();
    }
    assert.deepEqual(readAll(copy, undefined, { lifeNs: earlier.lifeNs }).sequences, [4, 5]);
  });
});
