import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { journalFilesIn } from '#src/journal/format.js';
import { systemFiles } from '#src/journal/journal-files.js';
import { apbus } from '../../../kit/run-apbus.js';
import { journalFolder, openWriter, write } from '../../journal/kit.js';

it('a file in the place of a journal is refused with a hint by whoever reads one', async (t) => {
  const folder = journalFolder(t);
  const writer = openWriter(folder);
  write(writer, 3);
  writer.close();
  const [file] = journalFilesIn(systemFiles.list(folder));
  for (const command of ['dump', 'verify', 'replay']) {
    const { code, messages } = await apbus(command, join(folder, file!.name));
    assert.equal(code, 1, command);
    assert.match(messages, /ENOTDIR.*; give the folder of the journal, and none of its files \(ERR_JOURNAL\)/, command);
    assert.equal((await apbus(command, folder)).code, 0, command);
  }
});

it('places and producers that a journal does not have are refused, not taken for all of it', async (t) => {
  const folder = journalFolder(t);
  const writer = openWriter(folder);
  write(writer, 3);
  writer.close();
  for (const command of ['dump', 'replay']) {
    const { code, data, messages } = await apbus(command, folder, '--from', 'latest');
    assert.deepEqual([code, data], [1, ''], command);
    assert.match(messages, /--from: found "latest", expected oldest, a sequence, a time/);
    assert.match(
      (await apbus(command, folder, '--to', 'oldest')).messages,
      /--to: found "oldest", expected a sequence/,
    );
  }
  assert.match((await apbus('dump', folder, '--producer', 'feed')).messages, /--producer: found "feed", expected 0 to/);
});
