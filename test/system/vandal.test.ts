import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { segmentPath } from '#src/layout/directory.js';
import type { ChannelType } from '#src/layout/schema.js';
import { countFromEnvironment, seedOfRun } from '../kit/random.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

/** A living process says something after a few lives of some milliseconds each; silence for so long is a hang. */
const SILENCE_MS = 10_000;
const BURSTS = countFromEnvironment('APBUS_VANDAL_BURSTS', 800);

describe('random bytes over a live segment', () => {
  for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] satisfies ChannelType[]) {
    it(`lead to errors or progress in every process of a ${type} channel, never to a crash or a hang`, async (t) => {
      const directory = temporaryDirectory(t);
      const seed = seedOfRun();
      t.diagnostic(`seed ${seed}`);
      const survivors = rolesOf(type).map((args) => survivor(t, directory, type, args));
      await Promise.all(survivors.map((process) => process.line('beat')));
      const vandal = startProcess(t, script(import.meta.url, './actors/vandal.js'), [
        segmentPath(directory, 'live'),
        `${seed}`,
        `${BURSTS}`,
      ]);
      await Promise.all([
        vandal.succeeded(120_000),
        ...survivors.map((process) => beating(process, () => vandal.exit !== undefined)),
      ]);
      for (const process of survivors) process.send('stop');
      await Promise.all(survivors.map((process) => process.succeeded()));
      const ends = survivors.map((process) => process.lines.at(-1)!);
      t.diagnostic(ends.join('; '));
      const errors = ends.reduce((sum, end) => sum + Number(end.split(' ')[2]), 0);
      assert.ok(errors > 0, 'a vandal that nobody notices proves nothing');
    });
  }
});

function rolesOf(type: ChannelType): (readonly [string, string])[] {
  const producers = type.startsWith('M') ? 2 : 1;
  const consumers = type.endsWith('MC') ? 2 : 1;
  const of = (role: string, count: number): (readonly [string, string])[] =>
    Array.from({ length: count }, (_, n) => [role, `${n}`]);
  return [...of('producer', producers), ...of('consumer', consumers)];
}

function survivor(t: TestContext, directory: string, type: ChannelType, args: readonly [string, string]): TestProcess {
  const path = script(import.meta.url, './actors/survivor.js');
  return startProcess(t, path, [directory, type, ...args], { nodeFlags: ['--expose-gc'] });
}

/** Fails when the process ends or falls silent before `done`. */
async function beating(process: TestProcess, done: () => boolean): Promise<void> {
  while (!done()) {
    await process.nextLine(SILENCE_MS);
    assert.equal(
      process.exit,
      undefined,
      `ended by itself with ${process.exit?.signal ?? process.exit?.code}: ${process.stderr}`,
    );
  }
}
