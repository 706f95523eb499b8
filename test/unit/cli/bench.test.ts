import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MEASUREMENTS, idleFor } from '#src/cli/bench/measurements.js';
import { runProcesses } from '#src/cli/bench/processes.js';
import { BusError } from '#src/platform/bus-error.js';
import { apbus } from '../../kit/run-apbus.js';

const [first] = MEASUREMENTS;
assert.ok(first);

describe('the bench command', () => {
  it('lets processes spin only where each has a processor', () => {
    const measurement = { ...first, producers: 2, consumers: 2 };
    assert.equal(idleFor(measurement, 4), 'spin');
    assert.equal(idleFor(measurement, 3), 'park');
  });

  for (const duration of ['soon', '0s', '2h', '5']) {
    it(`refuses to measure for ${duration}`, async () => {
      const { code, data, messages } = await apbus('bench', '--duration', duration);
      assert.deepEqual([code, data], [1, '']);
      assert.match(messages, /--duration: found .*, expected a time up to 60s/);
    });
  }

  it('starts nothing that goes on when it is told to end before', async () => {
    const task = { directory: '/nowhere', measurement: first, idle: 'park', number: 0, durationNs: 1e6 } as const;
    const run = runProcesses([{ ...task, role: 'producer' }], AbortSignal.abort());
    await assert.rejects(run, (error) => BusError.is(error, 'ERR_ABORTED'));
  });
});
