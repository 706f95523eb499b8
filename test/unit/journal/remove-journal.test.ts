import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { removeJournal } from '#src/journal/remove-journal.js';
import { journalFolder, openWriter, write } from './kit.js';

it('a journal is removed with its folder, but not with what else stands there', (t) => {
  const folder = journalFolder(t);
  const record = (): void => {
    const writer = openWriter(folder, { rollBytes: 512 });
    write(writer, 6, 4);
    writer.close();
    const first = readdirSync(folder).find((name) => name.endsWith('.journal'));
    renameSync(join(folder, first!), join(folder, `${first}.damaged`));
  };
  record();
  assert.deepEqual(removeJournal(folder), [folder]);
  assert.equal(existsSync(folder), false);
  record();
  writeFileSync(join(folder, 'feed.mjs'), 'not a journal');
  assert.ok(removeJournal(folder).includes(join(folder, '.lock')));
  assert.deepEqual(readdirSync(folder), ['feed.mjs']);
});
