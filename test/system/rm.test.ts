import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lockJournal } from '#src/journal/writer-lock.js';
import { startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { APBUS, scene } from './operator-scene.js';

describe('rm', () => {
  it('refuses what somebody has open, by name, and removes nothing', async (t) => {
    const { directory, apbus } = await scene(t);
    const rm = apbus('rm', 'ticks');
    assert.equal((await rm.ended()).code, 1);
    assert.match(rm.stderr, new RegExp(`in use by producer feed \\(process ${process.pid}\\); stop them first`));
    assert.ok(existsSync(join(directory, 'ticks.ring')));
  });

  it('removes a journal only when told, and never one that another bus writes', async (t) => {
    const folder = temporaryDirectory(t);
    const config = join(folder, 'bus.toml');
    writeFileSync(
      config,
      `[channels.ticks]\ntype = "SPSC"\nproducer = "feed"\nconsumer = "reader"\nbuffer_size = "64KB"\n` +
        `persistence.enable_persistence = true\npersistence.persistence_path = "journal"\n`,
    );
    const journal = join(folder, 'journal/ticks');
    mkdirSync(journal, { recursive: true });
    writeFileSync(join(journal, '00000000000000000001.journal'), '');
    const rm = (...args: string[]): TestProcess =>
      startProcess(t, APBUS, ['rm', 'ticks', '-c', config, '--directory', join(folder, 'bus'), ...args]);
    mkdirSync(join(folder, 'bus'), { mode: 0o700 });
    await rm().succeeded();
    const unlock = lockJournal(journal);
    const refused = rm('--journal');
    assert.equal((await refused.ended()).code, 1);
    assert.match(refused.stderr, /another process writes this journal/);
    assert.equal(readdirSync(journal).length, 2, 'the file and the lock');
    unlock();
    await rm('--journal').succeeded();
    assert.ok(!existsSync(journal));
  });
});
