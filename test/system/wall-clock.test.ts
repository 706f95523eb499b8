import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { HealthReport } from '#src/observe/health/check-health.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { TemporaryChannel, numbered, temporaryDirectory } from '../kit/temporary-channel.js';

const APBUS = script(import.meta.url, '../../../dist/cli/apbus.js');
const DAY = 86_400;
const SOURCE = fileURLToPath(new URL('../../../test/fixtures/shift-wall-clock.c', import.meta.url));
const compiler = spawnSync('cc', ['--version']).status === 0;
const needs = compiler ? {} : { skip: 'needs a C compiler, to shift the clock of a process' };

function shiftLibrary(t: TestContext): string {
  const library = join(temporaryDirectory(t), 'shift.so');
  const made = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE]);
  assert.equal(made.status, 0, String(made.stderr));
  return library;
}

/** A process whose wall clock is set as soon as it says that it has begun. */
async function traveller(
  t: TestContext,
  { directory }: TemporaryChannel,
  role: string,
  shift: number,
): Promise<TestProcess> {
  const when = join(temporaryDirectory(t), 'now');
  const env = { LD_PRELOAD: shiftLibrary(t), SHIFT_SECONDS: `${shift}`, SHIFT_WHEN: when };
  const process = startProcess(t, script(import.meta.url, './actors/time-traveller.js'), [directory, role], { env });
  await process.line('began');
  writeFileSync(when, '');
  return process;
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
    for (const [role, what] of [
      ['wait', 'the time-out of a waiting consumer'],
      ['write', 'the time-out of a waiting producer'],
      ['breaker', 'the recovery time of a circuit breaker'],
      ['throttle', 'the delays of a throttled writer'],
    ] as const) {
      it(`leaves ${what} what it is`, async (t) => {
        const channel = new TemporaryChannel(t);
        channel.consumer();
        const process = await traveller(t, channel, role, shift);
        const waited = Number((await process.line('waited')).slice(7));
        assert.ok(waited > 890 && waited < 10_000, `${waited} ms`);
        await shifted(process, shift);
      });
    }

    it('is a finding that says how far the channel is from it', async (t) => {
      const channel = new TemporaryChannel(t);
      channel.producer();
      const now = join(channel.directory, 'now');
      writeFileSync(now, '');
      const env = { LD_PRELOAD: shiftLibrary(t), SHIFT_SECONDS: `${shift}`, SHIFT_WHEN: now };
      const health = startProcess(t, APBUS, ['health', '--directory', channel.directory, '--json'], { env });
      assert.equal((await health.ended()).code, 5, health.stderr);
      const { findings } = JSON.parse(health.lines.join('\n')) as HealthReport;
      const [found] = findings;
      assert.deepEqual([found?.code, found?.channel, findings.length], ['clock-stepped', 'test', 1]);
      assert.ok(Math.abs((found?.figure ?? 0) - DAY * 1000) < 60_000, `${found?.figure} ms`);
      assert.match(found?.found ?? '', shift > 0 ? /behind the clock on the wall/ : /ahead of the clock on the wall/);
    });

    it('leaves latencies what they are', async (t) => {
      const channel = new TemporaryChannel(t);
      const producer = channel.producer();
      const process = await traveller(t, channel, 'read', shift);
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
