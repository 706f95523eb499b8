import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PATIENCE_MS, type TestProcess } from '../kit/processes.js';

/** State letter and processor time so far, in ticks, of all threads of a process. */
export function statOf({ pid }: TestProcess): { state: string; ticks: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return { state: fields[0]!, ticks: Number(fields[11]) + Number(fields[12]) };
}

/** Waits until a process sleeps. */
export async function asleep(process: TestProcess): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let calm = 0; calm < 20;) {
    calm = statOf(process).state === 'S' ? calm + 1 : 0;
    assert.ok(Date.now() < deadline, 'it never sleeps');
    await nextTurn();
  }
}
