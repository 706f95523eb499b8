import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { countFromEnvironment } from '../kit/random.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { TemporaryChannel, numbered } from '../kit/temporary-channel.js';

const COUNT = 40_000 * countFromEnvironment('APBUS_STORM_RUNS', 1);

function writer(t: TestContext, { directory }: TemporaryChannel, service: string, seed: number): TestProcess {
  return startProcess(t, script(import.meta.url, './actors/overtaker.js'), [directory, service, `${COUNT}`, `${seed}`]);
}

async function reader(
  t: TestContext,
  { directory }: TemporaryChannel,
  name: string,
  idle: number,
): Promise<TestProcess> {
  const process = startProcess(t, script(import.meta.url, './actors/overtaken.js'), [directory, name, `${idle}`]);
  await process.line('attached');
  return process;
}

async function endOf(process: TestProcess): Promise<{ delivered: number; lost: number; seen: number }> {
  process.send('end');
  const [delivered = 0, lost = 0, seen = 0] = (await process.line('end')).split(' ').slice(1).map(Number);
  await process.succeeded();
  return { delivered, lost, seen };
}

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
  describe(`producers of a ${type} channel that drop the oldest, as fast as they can`, () => {
    it('wait for nobody, and each consumer gets whole messages in order, with an exact count of the others', async (t) => {
      const channel = new TemporaryChannel(t, { type, mode: 'DropOldest' });
      channel.observer();
      const slow = await reader(t, channel, 'slow', 3000);
      const readers = [slow, ...(type.endsWith('MC') ? [await reader(t, channel, 'fast', 0)] : [])];
      const writers = type.startsWith('MP')
        ? [1, 2].map((n) => writer(t, channel, `w${n}`, n))
        : [writer(t, channel, 'w', 3)];
      await Promise.all(writers.map((process) => process.succeeded()));
      for (const process of readers) {
        const { delivered, lost, seen } = await endOf(process);
        t.diagnostic(`${delivered} delivered, ${lost} lost`);
        assert.equal(delivered + lost, seen);
        assert.equal(seen, COUNT * writers.length, 'everything that was accepted');
        assert.ok(delivered > 0);
        if (process === slow) assert.ok(lost > 0, 'it was overtaken');
      }
    });

    it('do not wait for one that is stopped, which learns exactly what it missed', async (t) => {
      const channel = new TemporaryChannel(t, { type, mode: 'DropOldest', timeoutMs: 0 });
      const producer = channel.producer();
      const stopped = await reader(t, channel, 'stopped', 0);
      stopped.signal('SIGSTOP');
      for (let n = 0; n < 1000; n++) assert.equal(producer.write(numbered(n, 500)), n);
      await stopped.kill();
      const heir = channel.consumer('resume', 'stopped', { gating: false });
      assert.ok(heir.lost > 0);
      assert.equal(heir.sequence, heir.lost, 'it goes on behind what it missed');
      assert.equal(heir.lost + heir.lag.messages, 1000);
    });
  });
}
