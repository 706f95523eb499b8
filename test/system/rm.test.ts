import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MessageBus } from 'alphapulse-bus';
import { lockJournal } from '#src/journal/writer-lock.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { APBUS, scene, text } from './operator-scene.js';

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
    writeFileSync(join(journal, '00000000000000000001-00000000000000000000.journal'), '');
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

  it('has a channel that goes on forget a consumer, which nobody may have open', async (t) => {
    const { directory, producer, apbus } = await scene(t);
    const channels = { ticks: { type: 'SPMC', producer: 'feed', consumers: ['reader'], bufferSize: '64KB' } } as const;
    await using bus = await MessageBus.open({ service: 'reader', config: { channels }, directory });
    const consumer = bus.consumer('ticks', { name: 'gone' });
    const rm = async (name: string, ...more: string[]): Promise<[number | null, string]> => {
      const process = apbus('rm', 'ticks', '--consumer', name, ...more);
      const { code } = await process.ended();
      return [code, process.stderr];
    };
    const [open, why] = await rm('gone');
    assert.equal(open, 1);
    assert.match(why, new RegExp(`consumer gone is open in process ${process.pid}; stop it first`));
    consumer.close();
    const [unknown, hint] = await rm('gonne');
    assert.equal(unknown, 1);
    assert.match(hint, /it knows no consumer "gonne"; did you mean gone\?/);
    assert.deepEqual(await rm('gone', '--dry-run'), [0, 'apbus: would remove consumer gone of ticks\n']);
    assert.deepEqual(await rm('gone'), [0, 'apbus: removed consumer gone of ticks\n']);
    assert.equal((await rm('gone'))[0], 1, 'it is forgotten');
    assert.equal((await rm('gone', '--journal'))[0], 1);
    assert.ok(existsSync(join(directory, 'ticks.ring')) && producer.write(text('goes on')) >= 0);
  });

  it('removes what a killed process left, without force', async (t) => {
    const { directory, apbus } = await scene(t);
    const mortal = startProcess(t, script(import.meta.url, './actors/mortal-owner.js'), [directory]);
    await mortal.line('open');
    const alive = apbus('rm', 'orders', '--force');
    assert.equal((await alive.ended()).code, 1);
    assert.match(alive.stderr, /in use by producer owner/);
    await mortal.kill();
    await apbus('rm', 'orders').succeeded();
    assert.ok(!existsSync(join(directory, 'orders.ring')));
  });
});

describe('rm --force', () => {
  it('removes a file that others can write, which rm names and leaves alone', async (t) => {
    const { directory, apbus } = await scene(t);
    const path = join(directory, 'loose.ring');
    writeFileSync(path, 'anything', { mode: 0o644 });
    const refused = apbus('rm', 'loose');
    assert.equal((await refused.ended()).code, 1);
    assert.match(refused.stderr, /loose\.ring can be read or written by others; .*\(--force removes it\)/);
    const dry = apbus('rm', 'loose', '--force', '--dry-run');
    await dry.succeeded();
    assert.match(dry.stderr, /would remove .*loose\.ring/);
    assert.ok(existsSync(path));
    await apbus('rm', 'loose', '--force').succeeded();
    assert.ok(!existsSync(path));
  });

  it('never removes what somebody has open, though others can write it by now', async (t) => {
    const { directory, apbus } = await scene(t);
    const path = join(directory, 'ticks.ring');
    chmodSync(path, 0o644);
    for (const more of [[], ['--dry-run']]) {
      const refused = apbus('rm', 'ticks', '--force', ...more);
      assert.equal((await refused.ended()).code, 1);
      assert.match(refused.stderr, /ticks\.ring is in use: a process has a lock in it/);
      assert.ok(existsSync(path));
    }
  });

  it('removes a link and not what it points to, one name of several, and a FIFO; never a directory', async (t) => {
    const { directory, apbus } = await scene(t);
    const [target, link] = [join(directory, 'target'), join(directory, 'link.ring')];
    writeFileSync(target, 'kept');
    symlinkSync(target, link);
    linkSync(target, join(directory, 'twice.ring'));
    execFileSync('mkfifo', [join(directory, 'pipe.ring')]);
    mkdirSync(join(directory, 'folder.ring'));
    const rm = apbus('rm', 'link', 'twice', 'pipe', 'folder', '--force');
    assert.equal((await rm.ended()).code, 1);
    assert.match(rm.stderr, /channel folder: .* is a directory; see what is in it/);
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.endsWith('.ring')),
      ['folder.ring', 'ticks.ring'],
    );
    assert.equal(readFileSync(target, 'utf8'), 'kept');
  });

  it('removes a signpost that leads nowhere, and goes on with the other channels', async (t) => {
    const { directory, apbus } = await scene(t);
    const signpost = join(directory, 'far.ring.huge');
    writeFileSync(signpost, '/no/such/place/far.ring', { mode: 0o600 });
    writeFileSync(join(directory, 'near.ring'), 'damaged', { mode: 0o600 });
    const refused = apbus('rm', 'far', 'near');
    assert.equal((await refused.ended()).code, 1);
    assert.match(refused.stderr, /far: .*this process does not see that place.*\(--force removes it\)/);
    assert.match(refused.stderr, /removed .*near\.ring/);
    await apbus('rm', 'far', '--force').succeeded();
    assert.ok(!existsSync(signpost));
  });
});
