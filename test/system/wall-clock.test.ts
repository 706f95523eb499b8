import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { TemporaryChannel, numbered, temporaryDirectory } from '../kit/temporary-channel.js';

const DAY = 86_400;
const SOURCE = fileURLToPath(new URL('../../../test/fixtures/shift-wall-clock.c', import.meta.url));
const compiler = spawnSync('cc', ['--version']).status === 0;
const needs = compiler ? {} : { skip: 'needs a C compiler, to shift the clock of a process' };

function traveller(t: TestContext, { directory }: TemporaryChannel, role: string, shift: number): TestProcess {
  const library = join(temporaryDirectory(t), 'shift.so');
  const made = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE]);
  assert.equal(made.status, 0, String(made.stderr));
  const env = { LD_PRELOAD: library, SHIFT_SECONDS: `${shift}` };
  return startProcess(t, script(import.meta.url, './actors/time-traveller.js'), [directory, role], { env });
}

async function shifted(process: TestProcess, by: number): Promise<void> {
  assert.equal(Number((await process.line('shifted')).slice(8)), by, 'the wall clock was set');
  await process.succeeded();
}

for (const [day, shift] of [
  ['back', -DAY],
  ['forward', DAY],
] as const) {
  describe(`a wall clock that is set ${day} a day`, needs, () => {
    it('leaves the time-out of a waiting consumer what it is', async (t) => {
      const channel = new TemporaryChannel(t);
      channel.producer();
      const process = traveller(t, channel, 'wait', shift);
      const waited = Number((await process.line('waited')).slice(7));
      assert.ok(waited > 890 && waited < 10_000, `${waited} ms`);
      await shifted(process, shift);
    });

    it('leaves the time-out of a waiting producer what it is', async (t) => {
      const channel = new TemporaryChannel(t);
      channel.consumer();
      const process = traveller(t, channel, 'write', shift);
      const waited = Number((await process.line('waited')).slice(7));
      assert.ok(waited > 890 && waited < 10_000, `${waited} ms`);
      await shifted(process, shift);
    });

    it('leaves latencies what they are', async (t) => {
      const channel = new TemporaryChannel(t);
      const producer = channel.producer();
      const process = traveller(t, channel, 'read', shift);
      await process.line('attached');
      for (let n = 0; n < 3; n++) {
        producer.write(numbered(n));
        await process.line('latency', n + 1);
      }
      const latencies = process.lines.filter((line) => line.startsWith('latency')).map((line) => Number(line.slice(8)));
      for (const ms of latencies) assert.ok(ms >= 0 && ms < 10_000, `${ms} ms`);
      await shifted(process, shift);
    });
  });
}
