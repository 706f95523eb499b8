import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { script, startProcess, type TestProcess } from '../../kit/processes.js';
import { countFromEnvironment, seedOfRun } from '../../kit/random.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';
import { FIELDS } from './places.js';

const RUNS = countFromEnvironment('APBUS_FUZZ_RUNS', 3000);
/** A process that makes no progress for so long hangs: one case takes about a millisecond. */
const SILENCE_MS = 10_000;
const FINDINGS_MAX = 10;

interface Report {
  readonly index: number;
  readonly findings: readonly string[];
  readonly steps: readonly string[];
}

it('forged segments cause declared errors and bounded work: no crash, no hang, no other error', async (t) => {
  const seed = seedOfRun();
  t.diagnostic(`seed ${seed}, ${RUNS} cases over ${FIELDS.length} fields (APBUS_SEED, APBUS_FUZZ_RUNS)`);
  const reports: Report[] = [];
  for (let first = 0; first < RUNS && reports.length < FINDINGS_MAX;) {
    const runner = start(t, seed, first, RUNS - first);
    const fault = await watch(runner);
    const last = Number(runner.lines.findLast((line) => line.startsWith('case '))?.slice(5) ?? first);
    reports.push(
      ...runner.lines.filter((line) => line.startsWith('finding ')).map((line) => JSON.parse(line.slice(8)) as Report),
    );
    if (fault === undefined) break;
    reports.push({ index: last, findings: [fault], steps: await stepsOf(t, seed, last) });
    first = last + 1;
  }
  assert.equal(reports.length, 0, `seed ${seed}: ${JSON.stringify(reports.slice(0, FINDINGS_MAX), undefined, 1)}`);
});

function start(
  t: TestContext,
  seed: number,
  first: number,
  count: number,
  verbose: readonly string[] = [],
): TestProcess {
  const args = [temporaryDirectory(t), `${seed}`, `${first}`, `${count}`, ...verbose];
  return startProcess(t, script(import.meta.url, './run-cases.js'), args, { nodeFlags: ['--expose-gc'] });
}

/** Waits for the end; kills what falls silent. Answers what went wrong. */
async function watch(runner: TestProcess): Promise<string | undefined> {
  for (;;) {
    const seen = runner.lines.length;
    try {
      const { code, signal } = await runner.ended(SILENCE_MS);
      return code === 0 ? undefined : `the process crashed: ${signal ?? code} ${runner.stderr}`;
    } catch {
      if (runner.lines.length > seen) continue;
      await runner.kill();
      return `the process made no progress for ${SILENCE_MS} ms`;
    }
  }
}

/** Runs a case that hung or crashed once more, to learn at which step. */
async function stepsOf(t: TestContext, seed: number, index: number): Promise<string[]> {
  const runner = start(t, seed, index, 1, ['verbose']);
  await watch(runner);
  return runner.lines.filter((line) => line.startsWith('step '));
}
