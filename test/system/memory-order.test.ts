import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { countFromEnvironment } from '../kit/random.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

/** Different values of the flag that the reader must have met: each one is a chance to find the data missing. */
const CHANGES = countFromEnvironment('APBUS_LITMUS_CHANGES', 1_000_000);
const ADDITIONS = 300_000;

for (const atomics of ['0', '1']) {
  describe(`memory order between processes with ALPHAPULSE_BUS_ATOMICS=${atomics}`, () => {
    const start = (t: TestContext, directory: string, role: string, count: number): TestProcess =>
      startProcess(t, script(import.meta.url, './actors/memory-litmus.js'), [directory, role, `${count}`], {
        env: { ALPHAPULSE_BUS_ATOMICS: atomics },
      });

    it('shows what came before a release store to whoever sees that store, and never half a double', async (t) => {
      const directory = temporaryDirectory(t);
      const writer = start(t, directory, 'writer', 0);
      const reader = start(t, directory, 'reader', CHANGES);
      await Promise.all([reader.succeeded(), writer.succeeded()]);
      const saw = await reader.line('saw');
      t.diagnostic(saw);
      if (Number(saw.split(' ')[1]) < CHANGES / 1000) t.skip(`needs two processors at the same time: ${saw}`);
    });

    it('moves both halves of a 64-bit word at once, and loses no addition', async (t) => {
      const directory = temporaryDirectory(t);
      const adders = [1, 2, 3].map(() => start(t, directory, 'adder', ADDITIONS));
      await Promise.all(adders.map((adder) => adder.succeeded()));
      const sums = (await Promise.all(adders.map((adder) => adder.line('sums')))).map((line) =>
        line.split(' ').slice(1).map(Number),
      );
      const total = ADDITIONS * 3;
      assert.ok(
        sums.some(([sum, low, high]) => sum === total && low === total && high === total * 3),
        JSON.stringify(sums),
      );
    });
  });
}
