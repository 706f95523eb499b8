import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { endLeftovers, findLeftovers } from '#src/supervisor/leftovers.js';
import { membersByGroup, statOf } from '#src/supervisor/process-stat.js';
import { systemTimers } from '#src/supervisor/timers.js';

const DIRECTORY = '/dev/shm/bus ä';

const membersOf = (pid: number): readonly number[] => membersByGroup().get(pid) ?? [];

/** A process group as the supervisor starts one; all of it is killed when the test is over. */
function group(t: TestContext, command: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  });
  t.after(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // it has ended
    }
  });
  return child;
}

/** A group whose leader has ended, and one of which lives. */
async function headless(t: TestContext, env: Readonly<Record<string, string>>, ignore = ''): Promise<number> {
  const leader = group(t, ['sh', '-c', `${ignore} sleep 600 & echo begun; kill -9 $$`], env);
  await once(leader, 'exit');
  return leader.pid!;
}

describe('what a killed supervisor has left', () => {
  const own = { APBUS_SERVICE: 'a', APBUS_DIRECTORY: DIRECTORY };

  it('is a process that is still the one it was', (t) => {
    const { pid = 0 } = group(t, ['sleep', '600'], {});
    const { startTicks } = statOf(pid)!;
    assert.deepEqual(findLeftovers([{ service: 'a', pid, startTicks }], DIRECTORY), [
      { service: 'a', pid, startTicks },
    ]);
    assert.deepEqual(findLeftovers([{ service: 'a', pid, startTicks: '1' }], DIRECTORY), [], 'its number is reused');
  });

  it('is a group whose leader has ended, when one of it was started as that service of this bus', async (t) => {
    const pid = await headless(t, own);
    assert.equal(statOf(pid), undefined);
    assert.equal(membersOf(pid).length, 1);
    const found = (service: string, directory: string): number =>
      findLeftovers([{ service, pid, startTicks: '1' }], directory).length;
    assert.equal(found('a', DIRECTORY), 1);
    assert.equal(found('b', DIRECTORY), 0, 'another service');
    assert.equal(found('a', '/dev/shm/other'), 0, 'another bus');
  });

  it('is ended with SIGTERM, and waited for until all of the group is gone', async (t) => {
    const pid = await headless(t, own);
    const told: string[] = [];
    const leftover = { service: 'a', pid, startTicks: '1' };
    await endLeftovers([leftover], 600_000, systemTimers, (service) => told.push(service));
    assert.deepEqual([membersOf(pid), told], [[], ['a']]);
  });

  it('is killed when it does not end in time', async (t) => {
    const pid = await headless(t, own, `trap '' TERM;`);
    await endLeftovers([{ service: 'a', pid, startTicks: '1' }], 40, systemTimers, () => undefined);
    assert.deepEqual(membersOf(pid), []);
  });
});
