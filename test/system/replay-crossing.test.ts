import assert from 'node:assert/strict';
import { setTimeout as later } from 'node:timers/promises';
import { it } from 'node:test';
import { countFromEnvironment, randomSource, seedOfRun } from '../kit/random.js';
import { lastSaid, scene } from './recorded-scene.js';

const ROUNDS = Math.min(countFromEnvironment('APBUS_STORM_RUNS', 2), 60);

for (const type of ['SPMC', 'MPMC'] as const) {
  it(`consumers of a ${type} channel cross from its journal into its ring at any speed while it is written, gap-free`, async (t) => {
    const seed = seedOfRun();
    t.diagnostic(`APBUS_SEED=${seed}`);
    const random = randomSource(seed);
    const { writer, follower } = scene(t, { type });
    let written = 0;
    let read = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const writing = await writer(round * 1_000_000, 0, random(2) === 0 ? 'paced' : '');
      const before = written + 1000 + random(4000);
      while (lastSaid(writing, 'wrote') < before) await writing.nextLine();
      // far behind the ring, or not far
      const back = random(2) === 0 ? 30_000 : 3000;
      const from = { sequence: Math.max(0, lastSaid(writing, 'wrote') - random(back)) };
      const each = ([undefined, 'each', 'halting'] as const)[random(3)];
      const names = random(2) === 0 ? ['reader'] : ['reader', 'keeper'];
      const followers = await Promise.all(names.map((name) => follower(name, from, each)));
      // most have crossed by then, and are to keep up
      for (const one of followers)
        for (let wait = 0; wait < 100 && lastSaid(one, 'took') < lastSaid(writing, 'wrote') - 1000; wait++)
          await later(10);
      await later(random(500));
      writing.send('stop');
      await writing.succeeded();
      // of the last hundred not each has been said
      const end = lastSaid(writing, 'wrote');
      for (const one of followers) {
        while (lastSaid(one, 'took') < end - 64) await one.nextLine();
        await one.kill();
        const start = Number(one.lines[0]!.split(' ')[1]);
        assert.equal(start, from.sequence);
        assert.deepEqual(
          one.lines.filter((line) => /^(?:gap|bad)/.test(line)),
          [],
        );
        read += lastSaid(one, 'took') - start;
      }
      written = end + 1;
    }
    t.diagnostic(`${ROUNDS} rounds, ${written} messages written, ${read} read`);
  });
}
