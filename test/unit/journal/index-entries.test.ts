import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { INDEX_EVERY_BYTES, readIndex } from '#src/journal/index-entries.js';
import { systemFiles, type JournalFiles } from '#src/journal/journal-files.js';
import { journalFolder, openWriter, readAll, upTo, write } from './kit.js';

/** Batches of records with 8000 bytes that have an entry of the index each. */
const PER_BATCH = Math.ceil(INDEX_EVERY_BYTES / 8000);

describe('the index of a journal file', () => {
  it('keeps its entries when a sync ends after more was appended, and gives them in the order of the file', (t) => {
    const folder = journalFolder(t);
    let end: (error: null) => void = () => assert.fail('no sync is under way');
    const files: JournalFiles = { ...systemFiles, syncLater: (_fd, done) => void (end = done) };
    const writer = openWriter(folder, {}, { files });
    write(writer, 2, PER_BATCH, 8000);
    writer.syncLater();
    write(writer, 3, PER_BATCH, 8000);
    end(null);
    write(writer, 3, PER_BATCH, 8000);
    writer.close();
    const name = readdirSync(folder).find((file) => file.endsWith('.journal'))!;
    const check = (): void => {
      const entries = readIndex(systemFiles, folder, name);
      assert.deepEqual([...new Set(entries.map(({ sequence }) => sequence / PER_BATCH))].slice(0, 7), upTo(8, 1));
      assert.ok(entries.some(({ sequence, isDurable }) => isDurable && sequence === 2 * PER_BATCH));
    };
    check();
    openWriter(folder).close();
    check();
    const from = 6 * PER_BATCH;
    assert.deepEqual(readAll(folder, { sequence: from }).sequences, upTo(8 * PER_BATCH, from));
  });
});
