import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { it } from 'node:test';
import { MessageBus } from 'alphapulse-bus';
import { JournalReader } from 'alphapulse-bus/journal';
import type { TestProcess } from '../kit/processes.js';
import { countFromEnvironment, randomSource, seedOfRun } from '../kit/random.js';
import { RECORDED, recordedConfig } from './recorded-channel.js';
import { lastSaid, readRecorded, scene } from './recorded-scene.js';
import { smallDisk } from './small-disk.js';

const KILLS = countFromEnvironment('APBUS_STORM_RUNS', 5);
/** Fewer: what is written meanwhile all stays on the disk. */
const THREES = Math.min(KILLS, 50);

const startOf = (follower: TestProcess): number => Number(follower.lines[0]!.split(' ')[1]);
const saidOf = (follower: TestProcess, word: string): string[] =>
  follower.lines.filter((line) => line.startsWith(`${word} `));

/** Numbers are not to be used twice: so many cannot have been written by the one that was killed. */
const numberAfter = (next: number, accepted: number): number =>
  Math.ceil((next + (accepted + 1) + 100_000) / 100_000) * 100_000;

it('a channel that drops the oldest goes on when its disk is full, notes exactly what is missing, and is recorded again', async (t) => {
  const mount = smallDisk(t, 64);
  if (mount === undefined) return;
  const { writer, folder, directory, options } = scene(t, {
    mode: 'DropOldest',
    journal: mount,
    persistence: { onFailure: 'continue' },
  });
  const bus = await MessageBus.open({ service: 'reader', config: recordedConfig(options), directory });
  t.after(() => bus.close());
  const process = await writer(0, 0, 'paced');
  while (bus.journal(RECORDED).state !== 'skipping') await later(2);
  assert.equal(bus.journal(RECORDED).error, 'ENOSPC');
  const full = lastSaid(process, 'wrote');
  while (lastSaid(process, 'wrote') < full + 5000) await process.nextLine();
  assert.equal(bus.journal(RECORDED).state, 'skipping', 'the producer went on though nothing was recorded');
  rmSync(join(mount, 'ballast'));
  while (bus.journal(RECORDED).state !== 'recording') await later(2);
  const resumed = bus.journal(RECORDED).written;
  while (bus.journal(RECORDED).written < resumed + 1000) await later(2);
  process.send('stop');
  const end = Number((await process.line('done')).split(' ')[1]);
  await process.succeeded();
  let next = 0;
  let lost = 0;
  const reader = JournalReader.open(folder, {
    onGap: (gap) => {
      assert.equal(gap.sequence, next);
      next += gap.lost;
      lost += gap.lost;
    },
  });
  while (reader.poll(({ sequence }) => assert.equal(sequence, next++)) > 0);
  reader.close();
  assert.equal(next, end, 'every message is in the journal, or in a gap of it');
  assert.equal(bus.journal(RECORDED).gaps, lost);
  assert.ok(lost >= 4000, `${lost} messages passed while the disk was full`);
  t.diagnostic(`${end} messages, ${lost} of them missing in the journal`);
});

it('a consumer that is killed while it replays goes on where its saved cursor stands', async (t) => {
  const seed = seedOfRun();
  t.diagnostic(`APBUS_SEED=${seed}`);
  const random = randomSource(seed);
  const { writer, follower } = scene(t);
  const count = 1000 * (KILLS + 1);
  await (await writer(0, count)).succeeded();
  let next = 0;
  let kills = 0;
  for (; next < count; kills++) {
    const one = await follower('reader', kills === 0 ? { sequence: 0 } : 'resume', 'each');
    const start = startOf(one);
    // the cursor moves after a message was handled: that one may come again, none is left out
    assert.ok(
      start === next || (kills > 0 && start === next - 1),
      `it goes on at ${start}, after ${next - 1} was taken`,
    );
    const lines = 100 + random(1200);
    while (one.lines.length < lines && one.lines.at(-1) !== `took ${count - 1}`) await one.nextLine();
    await one.kill();
    const taken = saidOf(one, 'took').map((line) => Number(line.split(' ')[1]));
    taken.forEach((sequence, index) => assert.equal(sequence, start + index));
    assert.deepEqual([saidOf(one, 'gap'), saidOf(one, 'bad')], [[], []]);
    next = start + taken.length;
  }
  assert.equal(next, count);
  t.diagnostic(`${kills} kills, ${count} messages`);
});

for (const type of ['SPMC', 'MPSC'] as const) {
  it(`a ${type} channel whose producer, consumer and recorder are killed at once is whole, in its ring and on the disk`, async (t) => {
    const seed = seedOfRun();
    t.diagnostic(`APBUS_SEED=${seed}`);
    const random = randomSource(seed);
    const { writer, follower, reader, recorder, folder } = scene(t, { type });
    let number = 0;
    let accepted = -1;
    let taken = -1;
    for (let kill = 0; kill < THREES; kill++) {
      const recording = recorder();
      const writing = await writer(number, 0, random(2) === 0 ? 'paced' : '');
      const following = await follower('reader', kill === 0 ? { sequence: 0 } : 'resume');
      assert.ok(startOf(following) <= taken + 64, `it goes on at ${startOf(following)}, behind ${taken}`);
      await writing.line('wrote');
      await later(random(150));
      await Promise.all([writing, following, recording].map((process) => process.kill()));
      assert.deepEqual(saidOf(following, 'bad'), []);
      if (type === 'SPMC') assert.deepEqual(saidOf(following, 'gap'), []);
      accepted = Math.max(accepted, lastSaid(writing, 'wrote'));
      taken = Math.max(taken, lastSaid(following, 'took'));
      number = numberAfter(number, accepted);
    }
    await (await writer(number, 500)).succeeded();
    const hash = createHash('sha256');
    let recorded = 0;
    let last = { sequence: -1, n: -1 };
    for (const { sequence, n, text } of readRecorded(folder)) {
      if (type === 'SPMC') assert.equal(sequence, recorded);
      assert.ok(n > last.n && sequence > last.sequence, 'no message twice');
      hash.update(`${sequence}`).update(text);
      recorded += 1;
      last = { sequence, n };
    }
    assert.ok(last.sequence >= accepted + 500);
    // what the ring has, and the journal, is one and the same
    const one = await reader({ sequence: 0 });
    one.send(`until ${last.sequence}`);
    const [, first, count, , lost, digest] = (await one.line('read ')).split(' ');
    assert.deepEqual([first, Number(count), Number(lost)], ['0', recorded, last.sequence + 1 - recorded]);
    assert.equal(digest, hash.digest('hex').slice(0, 16));
    t.diagnostic(`${THREES} times three killed, ${recorded} messages`);
  });
}

it('retention keeps what saved cursors need, and no more, whoever is killed while files roll and consumers replay', async (t) => {
  const seed = seedOfRun();
  t.diagnostic(`APBUS_SEED=${seed}`);
  const random = randomSource(seed);
  const { writer, follower, recorder, folder } = scene(t, { persistence: { retention: '2MB' } });
  const firstKept = (): number => JournalReader.open(folder).firstSequence;
  await (await writer(0, 1000)).succeeded();
  const away = await follower('reader', { sequence: 0 }, 'each');
  await away.line('took 300');
  await away.kill();
  const next = startOf(away) + saidOf(away, 'took').length;
  let number = 100_000;
  let accepted = 999;
  for (let kill = 0; kill < KILLS; kill++) {
    const recorders = [recorder(), recorder()];
    const writing = await writer(number, 0, 'paced');
    const keeper = await follower('keeper', kill === 0 ? { sequence: 0 } : 'resume');
    const until = accepted + 3000 + random(3000);
    while (lastSaid(writing, 'wrote') < until) await writing.nextLine();
    await Promise.all([...recorders, keeper].filter(() => random(3) > 0).map((process) => process.kill()));
    await later(random(600));
    await Promise.all([...recorders, keeper, writing].map((process) => process.kill()));
    accepted = Math.max(accepted, lastSaid(writing, 'wrote'));
    number = numberAfter(number, accepted);
    assert.deepEqual([saidOf(keeper, 'gap'), saidOf(keeper, 'bad')], [[], []]);
    assert.ok(firstKept() <= next - 1, `the first file begins at ${firstKept()}, and ${next} is needed`);
  }
  const back = await follower('reader', 'resume');
  assert.ok(startOf(back) === next || startOf(back) === next - 1);
  const keeper = await follower('keeper', 'resume');
  // both are up to date, so what they had needed goes
  const last = await writer(number, 20_000, 'paced');
  await last.succeeded();
  for (const one of [back, keeper]) {
    while (lastSaid(one, 'took') < accepted + 20_000 - 64) await one.nextLine();
    assert.deepEqual([saidOf(one, 'gap'), saidOf(one, 'bad')], [[], []]);
  }
  assert.ok(firstKept() > next, `the first file begins at ${firstKept()}`);
  t.diagnostic(`${KILLS} rounds, ${accepted + 20_000} messages, the first one kept is ${firstKept()}`);
});
