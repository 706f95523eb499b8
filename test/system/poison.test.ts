import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { Quarantine } from '#src/channel/quarantine.js';
import { script, startProcess } from '../kit/processes.js';
import { TemporaryChannel, numbered } from '../kit/temporary-channel.js';

const BAD = 5;
const DEATHS = 3;
const COUNT = 12;

for (const type of ['SPSC', 'MPMC'] as const) {
  describe(`a message at which every process of a consumer dies, on a ${type} channel`, () => {
    it('is set aside when so many have died at it, and the next one goes on behind it', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const policy = { ...DEFAULT_POLICY, quarantineAfter: DEATHS };
      new Consumer(channel.segment(false), { name: 'reader', from: 'latest', policy }).close();
      const producer = channel.producer();
      for (let n = 0; n < COUNT; n++) producer.write(numbered(n, 60));
      const args = [channel.directory, `${BAD}`, `${DEATHS}`, `${COUNT - BAD - 1}`];
      const start = (): ReturnType<typeof startProcess> =>
        startProcess(t, script(import.meta.url, './actors/poisoned.js'), args);
      for (let death = 0; death < DEATHS; death++) {
        const victim = start();
        assert.deepEqual(await victim.ended(), { code: null, signal: 'SIGKILL' });
        assert.deepEqual(new Quarantine(channel.directory, 'test').list(), [], 'not yet');
      }
      const survivor = start();
      // what came before it in the same poll comes again: delivery is at least once
      await survivor.line(`got ${COUNT - 1}`);
      const got = survivor.lines.filter((line) => line.startsWith('got')).map((line) => Number(line.slice(4)));
      assert.deepEqual(
        got.filter((n) => n > BAD),
        Array.from({ length: COUNT - BAD - 1 }, (_, n) => BAD + 1 + n),
      );
      assert.ok(!got.includes(BAD));
      const [entry] = new Quarantine(channel.directory, 'test').list();
      assert.deepEqual([entry?.sequence, entry?.failures, entry?.reason], [BAD, DEATHS, 'died']);
    });
  });
}
