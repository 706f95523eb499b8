import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { MessageBus, type ChannelType } from 'alphapulse-bus';
import { countFromEnvironment } from '../kit/random.js';
import { RECORDED, recordedConfig, recordedMessage } from './recorded-channel.js';
import { lastSaid, recordedIn, scene } from './recorded-scene.js';
import { smallDisk } from './small-disk.js';

const KILLS = countFromEnvironment('APBUS_STORM_RUNS', 6);

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const satisfies readonly ChannelType[]) {
  it(`a ${type} channel is recorded completely, whoever is killed when`, async (t) => {
    const { writer, folder } = scene(t, { type });
    let accepted = -1;
    let next = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const process = await writer(next);
      await process.line('wrote');
      await later(20 + ((kill * 37) % 90));
      await process.kill();
      accepted = Math.max(accepted, lastSaid(process, 'wrote'));
      // Numbers are not to be used twice: this many cannot have been written since.
      next = Math.ceil((next + (accepted + 1) + 100_000) / 100_000) * 100_000;
    }
    const last = await writer(next, 500);
    await last.succeeded();
    const all = recordedIn(folder);
    all.forEach(({ sequence, n, text }, index) => {
      if (type.startsWith('SP')) assert.equal(sequence, index);
      assert.equal(text, new TextDecoder().decode(recordedMessage(n)));
      if (index > 0) assert.ok(n > all[index - 1]!.n, `message ${n} after ${all[index - 1]!.n}`);
    });
    assert.ok(all.at(-1)!.sequence >= accepted + 500);
    t.diagnostic(`${KILLS} kills, ${all.length} messages`);
  });
}

describe('a recorded channel', () => {
  it('has on the disk what waitDurable said, after everybody was killed', async (t) => {
    const { writer, folder } = scene(t, { persistence: { fsync: 'interval', fsyncIntervalMs: 5 } });
    const process = await writer(0, 0, 'durable');
    for (let said = 0; said < 3; said++) await process.nextLine();
    await process.kill();
    const durable = lastSaid(process, 'wrote');
    assert.ok(recordedIn(folder).at(-1)!.sequence >= durable);
  });

  it('is replayed while its writer goes on, across files, without a gap and without a message twice', async (t) => {
    const { writer, reader, folder } = scene(t);
    const process = await writer(0);
    while (lastSaid(process, 'wrote') < 12_000) await process.nextLine();
    const one = await reader({ sequence: 5 });
    await later(200);
    process.send('stop');
    const end = Number((await process.line('done')).split(' ')[1]);
    await process.succeeded();
    assert.ok(readdirSync(folder).filter((name) => name.endsWith('.journal')).length > 2);
    one.send(`until ${end - 1}`);
    const [, first, count, gaps, lost] = (await one.line('read ')).split(' ');
    assert.deepEqual([first, count, gaps, lost], ['5', String(end - 5), '0', '0']);
  });

  it('replays a window of time that is, byte for byte, what was written in it', async (t) => {
    const { writer, reader, folder } = scene(t);
    await (await writer(0, 10_000)).succeeded();
    const all = recordedIn(folder);
    const from = all[4321]!;
    const one = await reader({ timeNs: String(from.receivedNs) });
    one.send(`until ${all.length - 1}`);
    const hash = createHash('sha256');
    const expected = all.filter(({ receivedNs }) => receivedNs >= from.receivedNs);
    for (const { sequence, text } of expected) hash.update(`${sequence}`).update(text);
    const digest = hash.digest('hex').slice(0, 16);
    const read = await one.line('read ');
    assert.equal(read, `read ${expected[0]!.sequence} ${expected.length} 0 0 ${digest}`);
  });

  it('stops its producers when its disk is full, says so, and goes on when there is space', async (t) => {
    const mount = smallDisk(t);
    if (mount === undefined) return;
    const { options, directory, folder } = scene(t, { journal: mount });
    const config = recordedConfig(options);
    const bus = await MessageBus.open({ service: 'writer', config, directory });
    t.after(() => bus.close());
    const producer = bus.producer(RECORDED);
    const stay = setInterval(() => {}, 1000);
    t.after(() => clearInterval(stay));
    let written = 0;
    while (bus.journal(RECORDED).state !== 'stopped') {
      while (producer.tryWrite(recordedMessage(written)) >= 0) written++;
      await later(5);
    }
    assert.equal(bus.journal(RECORDED).error, 'ENOSPC');
    while (producer.tryWrite(recordedMessage(written)) >= 0) written++;
    await assert.rejects(producer.waitDurable(written - 1), /is not known to be in the journal: it cannot be written/);
    rmSync(join(mount, 'ballast'));
    while (bus.journal(RECORDED).written < written) await later(20);
    assert.equal(bus.journal(RECORDED).state, 'recording');
    await bus.close();
    assert.deepEqual(
      recordedIn(folder).map(({ n }) => n),
      Array.from({ length: written }, (_unused, n) => n),
    );
  });
});
