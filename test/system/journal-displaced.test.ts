import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { it } from 'node:test';
import { MessageBus } from 'alphapulse-bus';
import { RECORDED, recordedConfig } from './recorded-channel.js';
import { lastSaid, recordedIn, scene } from './recorded-scene.js';

for (const onFailure of ['stop', 'continue'] as const) {
  it(`a journal whose folder is removed while it is written (on_failure = "${onFailure}") loses nothing of its last file`, async (t) => {
    const { writer, folder, directory, options } = scene(t, { persistence: { onFailure } });
    const bus = await MessageBus.open({ service: 'reader', config: recordedConfig(options), directory });
    t.after(() => bus.close());
    const process = await writer(0, 0, 'paced');
    while (lastSaid(process, 'wrote') < 1000) await process.nextLine();
    // at once, whatever is done in it
    const away = `${folder}-away`;
    renameSync(folder, away);
    const failed = onFailure === 'stop' ? 'stopped' : 'skipping';
    while (bus.journal(RECORDED).failures === 0) await later(2);
    while (!/APBUS_JOURNAL.*was removed or replaced while it was written/.test(process.stderr)) await later(2);
    if (onFailure === 'stop') {
      while (!/put it back, or make it anew \(mkdir -m 700\)/.test(process.stderr)) await later(2);
      assert.deepEqual([bus.journal(RECORDED).state, bus.journal(RECORDED).error], [failed, 'ENOENT']);
      mkdirSync(folder, { mode: 0o700 });
    }
    while (bus.journal(RECORDED).state !== 'recording') await later(2);
    const { written } = bus.journal(RECORDED);
    while (bus.journal(RECORDED).written < written + 1000) await later(2);
    process.send('stop');
    const end = Number((await process.line('done')).split(' ')[1]);
    await process.succeeded();
    const all = recordedIn(folder);
    const taken = recordedIn(away).at(-1)!.sequence;
    assert.ok(all[0]!.sequence <= taken, `it begins at ${all[0]!.sequence}; what was taken away ends at ${taken}`);
    assert.equal(all.at(-1)!.sequence, end - 1);
    assert.equal(all.at(-1)!.sequence - all[0]!.sequence + 1 - all.length, bus.journal(RECORDED).gaps);
    if (onFailure === 'stop') assert.equal(bus.journal(RECORDED).gaps, 0);
  });
}

it('a journal whose only file has a damaged header is gone on with, and its process says so', async (t) => {
  const { writer, folder } = scene(t);
  await (await writer(0, 1000)).succeeded();
  const path = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.journal'))!,
  );
  const bytes = readFileSync(path);
  bytes[40]! ^= 1;
  writeFileSync(path, bytes);
  const process = await writer(1000, 1000);
  await process.succeeded();
  assert.match(
    process.stderr,
    /APBUS_JOURNAL.*256 bytes at 0 are damaged \(header\), and left; recording goes on behind/,
  );
  assert.deepEqual(
    recordedIn(folder).map(({ n }) => n),
    Array.from({ length: 2000 }, (_unused, n) => n),
  );
});
