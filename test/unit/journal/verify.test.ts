import assert from 'node:assert/strict';
import { it } from 'node:test';
import { JournalReader } from '#src/journal/journal-reader.js';
import { verifyJournal } from '#src/journal/verify.js';
import { BusError } from '#src/platform/bus-error.js';
import { FailingFiles, journalFolder, openWriter, systemFailure, write } from './kit.js';

it('what the system does not let be read is said of its journal, whoever reads', (t) => {
  const folder = journalFolder(t);
  const writer = openWriter(folder);
  write(writer, 3);
  writer.close();
  for (const denied of ['list', 'open'] as const) {
    const failing = new FailingFiles();
    failing.before = (operation) => {
      if (operation === denied) throw systemFailure('EACCES', 13);
    };
    const { files } = failing;
    for (const read of [() => JournalReader.open(folder, { files }), () => [...verifyJournal(folder, files)]])
      assert.throws(read, (error) => {
        assert.ok(BusError.is(error, 'ERR_JOURNAL'), String(error));
        assert.match(error.message, /cannot read the journal in .*EACCES.*the folder must belong to this user/);
        return true;
      });
  }
});

it('a file that retention removes while a journal is verified is passed over', (t) => {
  const folder = journalFolder(t);
  const writer = openWriter(folder, { rollBytes: 512 });
  write(writer, 6, 4);
  writer.close();
  const all = [...verifyJournal(folder)];
  assert.ok(all.length > 2);
  const failing = new FailingFiles();
  let opened = 0;
  failing.before = (operation) => {
    if (operation === 'open' && opened++ === 1) throw systemFailure('ENOENT', 2);
  };
  const left = [...verifyJournal(folder, failing.files)];
  assert.equal(left.length, all.length - 1);
  assert.ok(left.every(({ missing }) => missing === 0));
});
