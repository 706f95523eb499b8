import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { JournalReader } from '#src/journal/journal-reader.js';
import type { Gap } from '#src/ring/gaps.js';
import { journalFolder, openWriter, readAll, timeOf, upTo, write } from './kit.js';

const journalFiles = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.journal'));
/** Room for two batches of one record. */
const TWO = 256 + 2 * 128;

describe('a journal of several files', () => {
  it('is begun anew by size, and reads as one', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder, { rollBytes: TWO });
    write(writer, 7);
    writer.close();
    assert.equal(journalFiles(folder).length, 4);
    assert.deepEqual(readAll(folder).sequences, upTo(7));
  });

  it('is begun anew by age', (t) => {
    const folder = journalFolder(t);
    let nowMs = 1000;
    const clock = { nowMs: () => nowMs };
    const writer = openWriter(folder, { rollMs: 500 }, { clock });
    write(writer, 2);
    nowMs += 499;
    write(writer, 1);
    assert.equal(journalFiles(folder).length, 1);
    nowMs += 1;
    write(writer, 1);
    assert.equal(journalFiles(folder).length, 2);
    writer.close();
    assert.deepEqual(readAll(folder).sequences, upTo(4));
  });

  it('takes a batch that is larger than a file by itself', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder, { rollBytes: TWO });
    write(writer, 3, 10);
    writer.close();
    assert.equal(journalFiles(folder).length, 3);
    assert.deepEqual(readAll(folder).sequences, upTo(30));
  });

  it('is read from any sequence, with and without its index', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder, { rollBytes: 4 * 1024 ** 2 });
    write(writer, 400, 10, 4000);
    writer.close();
    assert.ok(journalFiles(folder).length > 3);
    const look = (): void => {
      for (const sequence of [0, 1, 9, 10, 999, 1000, 2345, 3999, 4000])
        assert.deepEqual(readAll(folder, { sequence }).sequences, upTo(4000, sequence), `from ${sequence}`);
      for (const sequence of [0, 1, 11, 2345, 3999]) {
        assert.deepEqual(readAll(folder, { timeNs: timeOf(sequence) }).sequences, upTo(4000, sequence));
        assert.deepEqual(readAll(folder, { timeNs: timeOf(sequence) - 1n }).sequences, upTo(4000, sequence));
      }
      assert.deepEqual(readAll(folder, { timeNs: timeOf(4000) }).sequences, []);
    };
    look();
    const indexes = readdirSync(folder).filter((name) => name.endsWith('.index'));
    for (const name of indexes) writeFileSync(join(folder, name), Buffer.alloc(320, 7));
    look();
    for (const name of indexes) rmSync(join(folder, name));
    look();
  });

  it('is followed by a reader across the files, one batch at a time', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder, { rollBytes: TWO });
    write(writer, 1);
    const reader = JournalReader.open(folder);
    const seen: number[] = [];
    for (let batch = 0; batch < 9; batch++) {
      while (reader.poll(({ sequence }) => seen.push(sequence)) > 0);
      assert.deepEqual(seen, upTo(batch + 1));
      write(writer, 1);
    }
    reader.close();
    writer.close();
  });

  it('hands the message at which a handler threw out again', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder);
    write(writer, 2, 2);
    writer.close();
    const reader = JournalReader.open(folder);
    const seen: number[] = [];
    const take = ({ sequence }: { sequence: number }): void => {
      seen.push(sequence);
      if (seen.length === 2) throw new Error('not this one');
    };
    assert.throws(() => reader.poll(take), /not this one/);
    assert.equal(reader.nextSequence, 1);
    while (reader.poll(take) > 0);
    assert.deepEqual(seen, [0, 1, 1, 2, 3]);
    reader.close();
  });
});

describe('retention', () => {
  it('by size removes the oldest files, and never the one that is written', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder, { rollBytes: TWO, retentionBytes: 3 * TWO });
    write(writer, 20);
    assert.deepEqual(readAll(folder).sequences, upTo(20, 14));
    writer.close();
  });

  it('by age removes what ended so long ago', (t) => {
    const folder = journalFolder(t);
    let nowMs = 0;
    const writer = openWriter(folder, { rollBytes: TWO, retentionMs: 1000 }, { clock: { nowMs: () => nowMs } });
    write(writer, 6);
    nowMs = 1000;
    writer.retain();
    assert.deepEqual(readAll(folder).sequences, upTo(6));
    nowMs = 1001;
    writer.retain();
    assert.deepEqual(readAll(folder).sequences, upTo(6, 4));
    writer.close();
  });

  it('keeps what is still needed, unless it is forced', (t) => {
    const folder = journalFolder(t);
    const needed = (): number => 5;
    const limits = { rollBytes: TWO, retentionBytes: TWO };
    const writer = openWriter(folder, limits, { needed });
    write(writer, 20);
    assert.deepEqual(readAll(folder).sequences, upTo(20, 4));
    writer.close();
    const forced = openWriter(folder, { ...limits, retentionForce: true }, { needed });
    write(forced, 1);
    assert.equal(readAll(folder).sequences[0]! >= 18, true);
    forced.close();
  });

  it('lets a reader finish the file it has, then counts what was removed as lost', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder, { rollBytes: TWO, retentionBytes: 2 * TWO });
    write(writer, 2);
    const gaps: Gap[] = [];
    const reader = JournalReader.open(folder, { onGap: (gap) => gaps.push(gap) });
    const seen: number[] = [];
    reader.poll(({ sequence }) => seen.push(sequence), 1);
    write(writer, 10);
    while (reader.poll(({ sequence }) => seen.push(sequence)) > 0);
    const first = seen[2]!;
    assert.deepEqual(seen, [0, 1, ...upTo(12, first)]);
    assert.ok(first > 2);
    assert.deepEqual(gaps, [{ sequence: 2, lost: first - 2, reason: 'not-recorded' }]);
    assert.equal(reader.lost, first - 2);
    reader.close();
    writer.close();
  });
});
