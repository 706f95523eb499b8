import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { it } from 'node:test';
import { journalFilesIn } from '#src/journal/format.js';
import { describeRecovery } from '#src/journal/journal-recovery.js';
import { journalFolder, openWriter, write } from './kit.js';

it('a file that is empty, as a crash of the machine may leave it, is removed, and that is told', (t) => {
  const folder = journalFolder(t);
  const before = openWriter(folder);
  write(before, 3);
  writeFileSync(before.file!, '');
  before.close();
  const writer = openWriter(folder);
  assert.match(
    describeRecovery(writer.recovery!),
    /\.journal was empty, and is removed.*; recording goes on without it$/,
  );
  writer.close();
  assert.deepEqual(journalFilesIn(readdirSync(folder)), []);
});
